// SPDX-License-Identifier: Apache-2.0
#include "oci/http/retry_after.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"

namespace waybill::oci::http {
namespace {

// IMF-fixdate, RFC 850 and asctime (RFC 9110, 5.6.7).
constexpr absl::string_view kDateFormats[] = {"%a, %d %b %E4Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
                                              "%a %b %e %H:%M:%S %E4Y"};

absl::Duration Bounded(absl::Duration wait) { return std::clamp(wait, absl::ZeroDuration(), kMaxRetryAfter); }

}  // namespace

std::optional<absl::Duration> ParseRetryAfter(absl::string_view text, absl::Time now) {
  text = absl::StripAsciiWhitespace(text);
  if (!text.empty() && absl::ascii_isdigit(static_cast<unsigned char>(text.front()))) {
    int64_t seconds = 0;
    for (const char c : text) {
      if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) break;
      seconds = std::min<int64_t>(seconds * 10 + (c - '0'), absl::ToInt64Seconds(kMaxRetryAfter));
    }
    return Bounded(absl::Seconds(seconds));
  }
  for (const absl::string_view format : kDateFormats) {
    absl::Time date;
    if (absl::ParseTime(format, text, &date, nullptr)) return Bounded(date - now);
  }
  return std::nullopt;
}

}  // namespace waybill::oci::http
