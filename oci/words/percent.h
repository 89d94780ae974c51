// SPDX-License-Identifier: Apache-2.0
// Percent-encoding (RFC 3986, section 2.1), decoded.
#ifndef WAYBILL_OCI_WORDS_PERCENT_H_
#define WAYBILL_OCI_WORDS_PERCENT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace waybill::oci::words {

// Each "%XX" as its byte. Nullopt for a "%" without two hexadecimal digits behind it; `wrong` then gets it, with the
// two bytes that follow, as far as there are.
std::optional<std::string> PercentDecoded(absl::string_view text, absl::string_view* wrong = nullptr);

}  // namespace waybill::oci::words

#endif  // WAYBILL_OCI_WORDS_PERCENT_H_
