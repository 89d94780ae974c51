// SPDX-License-Identifier: Apache-2.0
#include "exporter/request/values/go_values.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"

namespace waybill::exporter::request::values {

std::string GoQuote(absl::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  // From 7 on: \a, \b, \t, \n, \v, \f, \r.
  constexpr absl::string_view kLetters = "abtnvfr";
  std::string quoted = "\"";
  for (const unsigned char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c >= ' ' && c != 0x7f) {
      quoted += static_cast<char>(c);
    } else if (c >= '\a' && c <= '\r') {
      absl::StrAppend(&quoted, "\\", kLetters.substr(c - '\a', 1));
    } else {
      absl::StrAppend(&quoted, "\\x", absl::string_view(&kHex[c >> 4], 1), absl::string_view(&kHex[c & 15], 1));
    }
  }
  return quoted + "\"";
}

absl::StatusOr<bool> ParseGoBool(absl::string_view text) {
  for (absl::string_view word : {"1", "t", "T", "TRUE", "true", "True"}) {
    if (text == word) return true;
  }
  for (absl::string_view word : {"0", "f", "F", "FALSE", "false", "False"}) {
    if (text == word) return false;
  }
  return oci::InvalidInputError(absl::StrCat("strconv.ParseBool: parsing ", GoQuote(text), ": invalid syntax"));
}

absl::StatusOr<int64_t> ParseGoInt(absl::string_view text) {
  absl::string_view digits = text;
  if (!digits.empty() && (digits[0] == '+' || digits[0] == '-')) digits.remove_prefix(1);
  bool valid = !digits.empty();
  for (char c : digits) valid = valid && absl::ascii_isdigit(c);
  int64_t value = 0;
  if (valid && absl::SimpleAtoi(text, &value)) return value;
  return oci::InvalidInputError(
      absl::StrCat("strconv.ParseInt: parsing ", GoQuote(text), valid ? ": value out of range" : ": invalid syntax"));
}

}  // namespace waybill::exporter::request::values
