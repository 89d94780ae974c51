// SPDX-License-Identifier: Apache-2.0
// Short names of predicate types, and the documents that they stand for.
#ifndef WAYBILL_EXPORTER_INPUT_PREDICATE_H_
#define WAYBILL_EXPORTER_INPUT_PREDICATE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::exporter::input {

// "sbom" (SPDX 2 or CycloneDX), "spdx", "cyclonedx", "provenance" and "slsa" (SLSA v1 or v0.2), "vex" and "openvex",
// "vuln" (cosign's or in-toto's form), "test".
std::vector<std::string> PredicateNames();
bool IsPredicateName(absl::string_view name);

// The predicate type of a document that the user calls `name`, by the members that it has. Errors: INVALID_ARGUMENT
// that says what `json` is, as far as it shows, and what to write instead.
absl::StatusOr<std::string> PredicateTypeOf(absl::string_view name, absl::string_view json);

// Whether a statement with this predicate type is what the user calls `name`; versions of a type count as the type.
bool HasName(absl::string_view predicate_type, absl::string_view name);

// INVALID_ARGUMENT when a statement with this predicate type is not what the user said: `said` is such a name, or the
// type itself.
absl::Status CheckPredicateType(absl::string_view said, absl::string_view predicate_type);

}  // namespace waybill::exporter::input

#endif  // WAYBILL_EXPORTER_INPUT_PREDICATE_H_
