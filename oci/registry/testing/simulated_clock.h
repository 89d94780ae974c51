// SPDX-License-Identifier: Apache-2.0
// A clock for tests: sleeping moves it, and nobody waits.
#ifndef WAYBILL_OCI_REGISTRY_TESTING_SIMULATED_CLOCK_H_
#define WAYBILL_OCI_REGISTRY_TESTING_SIMULATED_CLOCK_H_

#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "oci/clock.h"

namespace waybill::oci::registry::testing {

// Thread-safe. Random is a fixed sequence.
class SimulatedClock : public Clock {
 public:
  absl::Time Now() override;
  absl::Status Sleep(const Context& context, absl::Duration wait) override;
  double Random() override;

  // Every wait so far, in order.
  std::vector<absl::Duration> slept() const;

 private:
  mutable absl::Mutex mu_;
  absl::Time now_ ABSL_GUARDED_BY(mu_) = absl::FromUnixSeconds(1'700'000'000);
  uint64_t state_ ABSL_GUARDED_BY(mu_) = 1;
  std::vector<absl::Duration> slept_ ABSL_GUARDED_BY(mu_);
};

}  // namespace waybill::oci::registry::testing

#endif  // WAYBILL_OCI_REGISTRY_TESTING_SIMULATED_CLOCK_H_
