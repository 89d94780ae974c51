// SPDX-License-Identifier: Apache-2.0
// One place of a document changed, and every other byte left as it is: white space, the order of members, unknown
// members, escapes. For documents whose digest must come back when the change is undone.
#ifndef WAYBILL_OCI_JSON_EDIT_H_
#define WAYBILL_OCI_JSON_EDIT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::oci::json {

// Each function takes a raw object (json.h), which must be valid and is not checked again, and finds a member by its
// name as Go does. Errors: INVALID_ARGUMENT when the value is no object, and when it has the member twice, because
// readers disagree about the one that counts.

// The object with the member set to `value`, a compact value. A member that is there keeps its place. A new one comes
// after the first of `after` that is there, else at the end. It is laid out as that one is: over several lines where
// the object is, whose depth in the document (1 for the document itself) tells the width of one indentation.
absl::StatusOr<std::string> WithMember(absl::string_view object, absl::string_view name, absl::string_view value,
                                       const std::vector<absl::string_view>& after, size_t depth);

// The object without the member: what WithMember was given before it added the member. The object itself when it has no
// such member.
absl::StatusOr<std::string> WithoutMember(absl::string_view object, absl::string_view name);

// The array with one more element at its end, laid out as in WithMember. INVALID_ARGUMENT when it is no array.
absl::StatusOr<std::string> WithElement(absl::string_view array, absl::string_view value, size_t depth);

// A part of a text and what stands there instead.
struct Splice {
  absl::string_view part;  // a view into the text
  std::string text;
};
// `splices` are in the order of the text and do not overlap.
std::string Spliced(absl::string_view text, const std::vector<Splice>& splices);

}  // namespace waybill::oci::json

#endif  // WAYBILL_OCI_JSON_EDIT_H_
