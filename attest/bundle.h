// SPDX-License-Identifier: Apache-2.0
// The files of an attestation bundle: in-toto statements of any version, from which only predicate type, subjects and
// predicate are taken, as BuildKit does when it opens a bundle.
#ifndef WAYBILL_ATTEST_BUNDLE_H_
#define WAYBILL_ATTEST_BUNDLE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "attest/statement.h"

namespace waybill::attest {

// More subjects in one statement are refused.
inline constexpr size_t kMaxSubjects = 100000;

struct BundledStatement {
  std::string predicate_type;
  std::vector<StatementSubject> subjects;
  // As it stands in the file, "null" when there is none. BuildKit's form of it is the normalised one (oci/json.h).
  absl::string_view predicate;
};

// Reads one file, which must outlive the predicate's view. Field names may differ in case, unknown ones are ignored.
// Errors: INVALID_ARGUMENT "cannot decode in-toto statement: <JSON error>" or "in-toto statement is not a single JSON
// object".
absl::StatusOr<BundledStatement> ParseStatement(absl::string_view file);

}  // namespace waybill::attest

#endif  // WAYBILL_ATTEST_BUNDLE_H_
