// SPDX-License-Identifier: Apache-2.0
// Whether to wait for "100 Continue" before a body: it saves the body when a host refuses early, and costs a round trip
// otherwise, or the wait when a host never says it.
#ifndef WAYBILL_OCI_REGISTRY_EXPECT_H_
#define WAYBILL_OCI_REGISTRY_EXPECT_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"

namespace waybill::oci::registry {

// Thread-safe; one per host.
class ExpectMemory {
 public:
  // What came of one body.
  struct Outcome {
    int64_t bytes = 0;
    bool waited = false;
    bool continued = false;
    int status = 0;  // 0: the connection broke
  };

  // How long to wait for a body of `bytes`; zero sends it at once. From 16 MiB on the round trip is small beside the
  // body; above 1 MiB it is worth it where bodies were refused or broken off before.
  absl::Duration WaitFor(int64_t bytes) const;
  void Learn(const Outcome& outcome);

 private:
  std::atomic<int> silent_{0};  // times in a row that the wait ran out
  std::atomic<bool> refuses_{false};
};

}  // namespace waybill::oci::registry

#endif  // WAYBILL_OCI_REGISTRY_EXPECT_H_
