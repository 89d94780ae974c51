// SPDX-License-Identifier: Apache-2.0
#include "attest/statement.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::attest {
namespace {

constexpr size_t kChunkBytes = 64 << 10;
constexpr absl::string_view kNull = "null";
// What BuildKit says when the predicate is not JSON.
constexpr absl::string_view kPredicateProblem =
    "failed to marshal attestation: json: error calling MarshalJSON for type json.RawMessage";

std::string SubjectText(const StatementSubject& subject) {
  oci::json::Writer writer;
  writer.BeginObject().Key("name").String(subject.name).Key("digest").BeginObject();
  for (const auto& [algorithm, hex] : subject.digests) writer.Key(algorithm).String(hex);
  writer.EndObject().EndObject();
  return writer.Take();
}

// Everything up to the subjects.
std::string OpenStatement(const StatementHead& head) {
  oci::json::Writer writer;
  writer.BeginObject();
  writer.Key("_type").String(head.type);
  writer.Key("predicateType").String(head.predicate_type);
  writer.Key("subject").BeginArray().EndArray().EndObject();
  std::string text = writer.Take();
  text.resize(text.size() - 2);  // the ends, which others write
  return text;
}

}  // namespace

StatementWriter::StatementWriter(const StatementHead& head, oci::io::Writer& out)
    : out_(out), pending_(OpenStatement(head)) {
  for (const StatementSubject& subject : head.subjects) {
    absl::StrAppend(&pending_, has_subjects_ ? "," : "", SubjectText(subject));
    has_subjects_ = true;
  }
}

absl::Status StatementWriter::AddSubject(const StatementSubject& subject) {
  absl::StrAppend(&pending_, has_subjects_ ? "," : "", SubjectText(subject));
  has_subjects_ = true;
  return pending_.size() < kChunkBytes ? absl::OkStatus() : Flush();
}

void StatementWriter::EndSubjects() { absl::StrAppend(&pending_, "],\"predicate\":"); }

absl::Status StatementWriter::Flush() {
  ABSL_RETURN_IF_ERROR(out_.Write(pending_));
  pending_.clear();
  return absl::OkStatus();
}

absl::Status StatementWriter::Write(absl::string_view bytes) {
  if (!has_predicate_ && !bytes.empty()) EndSubjects();
  has_predicate_ = has_predicate_ || !bytes.empty();
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kChunkBytes))) {
    const absl::string_view chunk = bytes.substr(0, kChunkBytes);
    ABSL_RETURN_IF_ERROR(oci::Annotate(predicate_.Feed(chunk, pending_), kPredicateProblem));
    ABSL_RETURN_IF_ERROR(Flush());
  }
  return absl::OkStatus();
}

absl::Status StatementWriter::Close() {
  if (!has_predicate_) {
    EndSubjects();
    ABSL_RETURN_IF_ERROR(predicate_.Feed(kNull, pending_));
  }
  ABSL_RETURN_IF_ERROR(oci::Annotate(predicate_.Finish(pending_), kPredicateProblem));
  pending_.push_back('}');
  return Flush();
}

}  // namespace waybill::attest
