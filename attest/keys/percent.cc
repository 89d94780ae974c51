// SPDX-License-Identifier: Apache-2.0
#include "attest/keys/percent.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "oci/error.h"

namespace waybill::attest::keys {

absl::StatusOr<std::string> PercentDecode(absl::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out.push_back(text[at]);
      continue;
    }
    const absl::string_view digits = text.substr(at + 1, 2);
    if (digits.size() < 2 || !absl::ascii_isxdigit(static_cast<unsigned char>(digits[0])) ||
        !absl::ascii_isxdigit(static_cast<unsigned char>(digits[1]))) {
      return oci::InvalidInputError("a \"%\" without two hexadecimal digits");
    }
    out.append(absl::HexStringToBytes(digits));
    at += 2;
  }
  return out;
}

}  // namespace waybill::attest::keys
