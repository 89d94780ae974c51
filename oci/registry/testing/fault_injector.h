// SPDX-License-Identifier: Apache-2.0
// Which of the faults in a Behavior happens to a request: counts the requests that match each.
#ifndef WAYBILL_OCI_REGISTRY_TESTING_FAULT_INJECTOR_H_
#define WAYBILL_OCI_REGISTRY_TESTING_FAULT_INJECTOR_H_

#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "oci/registry/testing/behavior.h"
#include "oci/registry/testing/http_message.h"

namespace waybill::oci::registry::testing {

// Safe to use from several threads at once.
class FaultInjector {
 public:
  struct Hit {
    absl::Duration delay;        // of all delays that match
    std::optional<Fault> fault;  // the first other one
  };

  // Counting starts again.
  void Set(std::vector<Fault> faults);
  Hit Next(RequestClass request_class, absl::string_view path);
  // How many requests faults have hit.
  int64_t hits() const;

 private:
  struct Counted {
    Fault fault;
    int matched = 0;
  };
  mutable absl::Mutex mutex_;
  std::vector<Counted> faults_ ABSL_GUARDED_BY(mutex_);
  int64_t hits_ ABSL_GUARDED_BY(mutex_) = 0;
};

// The answer of a kStatus fault.
Response FaultResponse(const Fault& fault);
// Changes the answer for the faults that do (kDropAnswer, kTruncate, kStall, kWrongDigest, kCorrupt).
void SpoilResponse(const Fault& fault, Response& response);

}  // namespace waybill::oci::registry::testing

#endif  // WAYBILL_OCI_REGISTRY_TESTING_FAULT_INJECTOR_H_
