// SPDX-License-Identifier: Apache-2.0
#include "oci/http/curl/stall_guard.h"

namespace waybill::oci::http::curl {

bool StallGuard::Stalled(absl::Time now, int64_t bytes) {
  if (now < next()) return false;
  const double needed =
      static_cast<double>(limits_.stall_bytes_per_second) * absl::ToDoubleSeconds(now - window_start_);
  const bool stalled = static_cast<double>(bytes - window_bytes_) < needed;
  window_start_ = now;
  window_bytes_ = bytes;
  return stalled;
}

}  // namespace waybill::oci::http::curl
