// SPDX-License-Identifier: Apache-2.0
// Retry-After (RFC 9110, 10.2.3), read liberally: registries have sent malformed ones.
#ifndef WAYBILL_OCI_HTTP_RETRY_AFTER_H_
#define WAYBILL_OCI_HTTP_RETRY_AFTER_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace waybill::oci::http {

// No server makes us wait longer than this in one go.
inline constexpr absl::Duration kMaxRetryAfter = absl::Minutes(15);

// Seconds (a fraction or a unit behind them is dropped) or an HTTP date, between zero and kMaxRetryAfter from `now`.
// Nothing when it is neither.
std::optional<absl::Duration> ParseRetryAfter(absl::string_view text, absl::Time now);

}  // namespace waybill::oci::http

#endif  // WAYBILL_OCI_HTTP_RETRY_AFTER_H_
