// SPDX-License-Identifier: Apache-2.0
#include "oci/words/percent.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace waybill::oci::words {

std::optional<std::string> PercentDecoded(absl::string_view text, absl::string_view* wrong) {
  std::string decoded;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded.push_back(text[at]);
      continue;
    }
    const absl::string_view digits = text.substr(at + 1, 2);
    if (digits.size() < 2 || !absl::ascii_isxdigit(static_cast<unsigned char>(digits[0])) ||
        !absl::ascii_isxdigit(static_cast<unsigned char>(digits[1]))) {
      if (wrong != nullptr) *wrong = text.substr(at, 3);
      return std::nullopt;
    }
    decoded.append(absl::HexStringToBytes(digits));
    at += 2;
  }
  return decoded;
}

}  // namespace waybill::oci::words
