// SPDX-License-Identifier: Apache-2.0
// Pushes that run at the same time and need the same blob in the same repository: one delivers it, the others wait.
#ifndef WAYBILL_OCI_REGISTRY_SINGLE_FLIGHT_H_
#define WAYBILL_OCI_REGISTRY_SINGLE_FLIGHT_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "oci/context.h"

namespace waybill::oci::registry {

// Thread-safe; one per host. Remembers nothing beyond the flight: registries collect garbage.
class SingleFlight {
 public:
  // Runs `work`, or waits for the caller that runs it under the same key. True when the work of this call was done,
  // false when another's that was under way did instead. Another's failure is not ours: the next in line runs its own.
  // Errors: those of the own work; the context's while waiting.
  absl::StatusOr<bool> Run(const Context& context, const std::string& key, const std::function<absl::Status()>& work);

 private:
  struct Flight {
    int callers = 0;      // that know of it; the last one takes it away
    bool flying = false;  // one of them is at work
    bool landed = false;  // with success
  };
  // Waits until the work is the caller's to do (true: Leave follows) or has been done (false).
  absl::StatusOr<bool> Enter(const Context& context, const std::string& key);
  void Leave(const std::string& key, bool landed);
  absl::StatusOr<bool> Await(const Context& context, const Flight& flight) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Forget(const std::string& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  absl::Mutex mu_;
  std::map<std::string, Flight> flights_ ABSL_GUARDED_BY(mu_);
};

}  // namespace waybill::oci::registry

#endif  // WAYBILL_OCI_REGISTRY_SINGLE_FLIGHT_H_
