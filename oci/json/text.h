// SPDX-License-Identifier: Apache-2.0
// Steps through JSON text that Validate accepted. Part of json.h's implementation.
#ifndef WAYBILL_OCI_JSON_TEXT_H_
#define WAYBILL_OCI_JSON_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace waybill::oci::json {

// Each takes the position of the first byte and returns the one after the last: of white space (maybe none), of a
// string, of any value. Positions never pass the end of the text, valid or not.
size_t SkipSpace(absl::string_view text, size_t position);
size_t SkipString(absl::string_view text, size_t position);
size_t SkipValue(absl::string_view text, size_t position);

// The text without white space at its ends.
absl::string_view Trim(absl::string_view text);

// The string token `quoted`, decoded.
std::string Unquote(absl::string_view quoted);

}  // namespace waybill::oci::json

#endif  // WAYBILL_OCI_JSON_TEXT_H_
