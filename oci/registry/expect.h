// SPDX-License-Identifier: Apache-2.0
// Whether to wait for "100 Continue" before a large body: it saves the body when a host refuses early, and costs the
// wait when a host never says it.
#ifndef WAYBILL_OCI_REGISTRY_EXPECT_H_
#define WAYBILL_OCI_REGISTRY_EXPECT_H_

#include <atomic>

#include "absl/time/time.h"

namespace waybill::oci::registry {

// Thread-safe; one per host.
class ExpectMemory {
 public:
  // How long to wait for a body of `bytes`; zero sends it at once.
  absl::Duration WaitFor(int64_t bytes) const;
  // What came of a request that waited.
  void Learn(bool continued, int status);

 private:
  std::atomic<int> silent_{0};  // times in a row that the wait ran out
};

}  // namespace waybill::oci::registry

#endif  // WAYBILL_OCI_REGISTRY_EXPECT_H_
