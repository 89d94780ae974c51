// SPDX-License-Identifier: Apache-2.0
// UTF-8 as the Unicode standard defines it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
#ifndef WAYBILL_OCI_JSON_UTF8_H_
#define WAYBILL_OCI_JSON_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace waybill::oci::json::utf8 {

// The bytes of the code point that `text` (not empty) begins with; 0 when that is no valid sequence.
size_t SequenceSize(absl::string_view text);

// Appends the sequence of `code_point`; U+FFFD for surrogates and numbers beyond U+10FFFF.
void Append(std::string& out, uint32_t code_point);

}  // namespace waybill::oci::json::utf8

#endif  // WAYBILL_OCI_JSON_UTF8_H_
