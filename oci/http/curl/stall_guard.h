// SPDX-License-Identifier: Apache-2.0
// Tells a stalled transfer from a slow one. libcurl's own low-speed rule counts the wait for the reply too, and ends
// large uploads whose registry takes its time to commit.
#ifndef WAYBILL_OCI_HTTP_CURL_STALL_GUARD_H_
#define WAYBILL_OCI_HTTP_CURL_STALL_GUARD_H_

#include <cstdint>

#include "absl/time/time.h"
#include "oci/http/request.h"

namespace waybill::oci::http::curl {

// Looks at one direction of one transfer in windows of `limits.stall_window`. Not thread-safe.
class StallGuard {
 public:
  StallGuard(const Limits& limits, absl::Time start) : limits_(limits), window_start_(start) {}

  // Whether the window that ended by `now` moved too few bytes; `bytes` is the total so far.
  bool Stalled(absl::Time now, int64_t bytes);
  // When to look again.
  absl::Time next() const { return window_start_ + limits_.stall_window; }

 private:
  Limits limits_;
  absl::Time window_start_;
  int64_t window_bytes_ = 0;  // total at the start of the window
};

}  // namespace waybill::oci::http::curl

#endif  // WAYBILL_OCI_HTTP_CURL_STALL_GUARD_H_
