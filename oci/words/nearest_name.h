// SPDX-License-Identifier: Apache-2.0
// Which name was meant by one that is not there.
#ifndef WAYBILL_OCI_WORDS_NEAREST_NAME_H_
#define WAYBILL_OCI_WORDS_NEAREST_NAME_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace waybill::oci::words {

// The candidate that is the fewest edits away (a letter added, left out, replaced, or swapped with its neighbour), the
// first of several; empty when that takes more than two, or more than one in three letters of `name`.
std::string NearestName(absl::string_view name, const std::vector<std::string>& candidates);

}  // namespace waybill::oci::words

#endif  // WAYBILL_OCI_WORDS_NEAREST_NAME_H_
