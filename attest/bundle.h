// SPDX-License-Identifier: Apache-2.0
// In-toto statements of any version, as BuildKit reads the files of an attestation bundle: of those it takes only
// predicate type, subjects and predicate.
#ifndef WAYBILL_ATTEST_BUNDLE_H_
#define WAYBILL_ATTEST_BUNDLE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "attest/statement.h"
#include "oci/io/stream.h"
#include "oci/json/normalize.h"

namespace waybill::attest {

// More subjects in one statement are refused.
inline constexpr size_t kMaxSubjects = 100000;

struct BundledStatement {
  std::string type;  // "_type"
  std::string predicate_type;
  std::vector<StatementSubject> subjects;
  // As it stands in the file, "null" when there is none.
  absl::string_view predicate;
  // Whether it has the member "payloadType": a signed envelope (DSSE) around a statement, and no statement.
  bool is_envelope = false;
};

// Reads one file, which must outlive the predicate's view. Field names may differ in case, unknown ones are ignored.
// Errors: INVALID_ARGUMENT "cannot decode in-toto statement: <JSON error>" or "in-toto statement is not a single JSON
// object".
absl::StatusOr<BundledStatement> ParseStatement(absl::string_view file);

// Reads the normalised form of a predicate, which is what BuildKit takes from a bundle. The text must outlive it.
class PredicateReader : public oci::io::Reader {
 public:
  // Errors: INVALID_ARGUMENT "cannot decode in-toto statement: ..." for a number that float64 cannot hold.
  static absl::StatusOr<std::unique_ptr<PredicateReader>> New(absl::string_view predicate);
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override;

 private:
  explicit PredicateReader(oci::json::Normalizer normalizer) : normalizer_(std::move(normalizer)) {}

  oci::json::Normalizer normalizer_;
  std::string piece_;
  size_t taken_ = 0;  // of piece_
};

}  // namespace waybill::attest

#endif  // WAYBILL_ATTEST_BUNDLE_H_
