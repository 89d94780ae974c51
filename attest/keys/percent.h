// SPDX-License-Identifier: Apache-2.0
// Percent-encoding, as names of keys have it.
#ifndef WAYBILL_ATTEST_KEYS_PERCENT_H_
#define WAYBILL_ATTEST_KEYS_PERCENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::attest::keys {

// Each "%XX" as its byte. Errors: INVALID_ARGUMENT for a "%" without two hexadecimal digits.
absl::StatusOr<std::string> PercentDecode(absl::string_view text);

}  // namespace waybill::attest::keys

#endif  // WAYBILL_ATTEST_KEYS_PERCENT_H_
