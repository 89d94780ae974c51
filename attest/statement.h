// SPDX-License-Identifier: Apache-2.0
// In-toto statements (in-toto attestation framework, v1 and v0.1) as BuildKit writes them: compact, keys in the order
// _type, predicateType, subject, predicate; the predicate as it came but for white space and HTML escapes.
#ifndef WAYBILL_ATTEST_STATEMENT_H_
#define WAYBILL_ATTEST_STATEMENT_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "oci/io/stream.h"
#include "oci/json/scanner.h"

namespace waybill::attest {

struct StatementSubject {
  std::string name;
  std::map<std::string, std::string> digests;  // algorithm to hex
  friend bool operator==(const StatementSubject&, const StatementSubject&) = default;
};

inline constexpr absl::string_view kStatementV1 = "https://in-toto.io/Statement/v1";
// What the types of all versions begin with.
inline constexpr absl::string_view kStatementTypePrefix = "https://in-toto.io/Statement/";

struct StatementHead {
  std::string predicate_type;
  std::vector<StatementSubject> subjects;
  std::string type = std::string(kStatementV1);
};

// Takes more subjects, then the predicate, JSON text in pieces of any size, and writes the statement to `out`. No bytes
// at all give the predicate null. Memory is bounded by the head, whatever the size of the pieces and the number of
// subjects added. Errors: INVALID_ARGUMENT with BuildKit's wording
// when the predicate is not JSON, and what `out` reports.
class StatementWriter : public oci::io::Writer {
 public:
  // `out` must outlive this.
  StatementWriter(const StatementHead& head, oci::io::Writer& out);
  // After those of the head; not once the predicate has begun.
  absl::Status AddSubject(const StatementSubject& subject);
  absl::Status Write(absl::string_view bytes) override;
  // Ends the statement; does not close `out`.
  absl::Status Close() override;

 private:
  absl::Status Flush();
  void EndSubjects();

  oci::io::Writer& out_;
  oci::json::Compactor predicate_;
  bool has_subjects_ = false;
  bool has_predicate_ = false;
  std::string pending_;  // written with the next piece
};

}  // namespace waybill::attest

#endif  // WAYBILL_ATTEST_STATEMENT_H_
