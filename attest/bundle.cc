// SPDX-License-Identifier: Apache-2.0
#include "attest/bundle.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/json/scanner.h"
#include "oci/status_macros.h"

namespace waybill::attest {
namespace {

namespace json = oci::json;

constexpr absl::string_view kCannotDecode = "cannot decode in-toto statement";

// Decodes a string over `to`; null leaves it as it was.
absl::Status TakeString(const json::Member& member, std::string& to) {
  if (json::KindOf(member.value) == json::Kind::kNull) return absl::OkStatus();
  absl::StatusOr<std::string> text = json::DecodeString(member.value);
  if (!text.ok()) return oci::Annotate(text.status(), member.key);
  to = *std::move(text);
  return absl::OkStatus();
}

absl::StatusOr<StatementSubject> DecodeSubject(absl::string_view raw) {
  StatementSubject subject;
  ABSL_RETURN_IF_ERROR(json::VisitMembers(raw, [&subject](const json::Member& member) {
    if (json::IsField(member.key, "name")) return TakeString(member, subject.name);
    if (!json::IsField(member.key, "digest")) return absl::OkStatus();
    absl::StatusOr<std::map<std::string, std::string>> digests = json::DecodeStringMap(member.value);
    if (!digests.ok()) return oci::Annotate(digests.status(), member.key);
    subject.digests = *std::move(digests);
    return absl::OkStatus();
  }));
  return subject;
}

absl::StatusOr<std::vector<StatementSubject>> DecodeSubjects(absl::string_view raw) {
  std::vector<StatementSubject> subjects;
  ABSL_RETURN_IF_ERROR(json::VisitElements(raw, [&subjects](absl::string_view element) {
    if (subjects.size() == kMaxSubjects) {
      return oci::InvalidInputError(absl::StrCat("more than ", kMaxSubjects, " subjects"));
    }
    absl::StatusOr<StatementSubject> subject = DecodeSubject(element);
    if (!subject.ok()) return subject.status();
    subjects.push_back(*std::move(subject));
    return absl::OkStatus();
  }));
  return subjects;
}

// The length of the JSON value that `text` begins with, white space before it included. The first value ends before
// what follows is looked at, as in Go's streaming decoder.
absl::StatusOr<size_t> FirstValue(absl::string_view text) {
  json::Scanner scanner;
  bool begun = false;
  for (size_t i = 0; i < text.size(); ++i) {
    switch (scanner.Feed(text[i])) {
      case json::Scanner::ByteClass::kError:
        return scanner.error();
      case json::Scanner::ByteClass::kToken:
        begun = true;
        break;
      case json::Scanner::ByteClass::kSpace:
        break;
    }
    if (scanner.at_end()) return i + 1;
  }
  if (begun && scanner.Finish().ok()) return text.size();
  return oci::InvalidInputError(begun ? "unexpected EOF" : "EOF");
}

absl::StatusOr<BundledStatement> DecodeStatement(absl::string_view raw) {
  BundledStatement statement{.predicate = "null"};
  ABSL_RETURN_IF_ERROR(json::VisitMembers(raw, [&](const json::Member& member) {
    if (json::IsField(member.key, "_type")) return TakeString(member, statement.type);
    if (json::IsField(member.key, "predicateType")) return TakeString(member, statement.predicate_type);
    if (member.key == "payloadType") statement.is_envelope = true;
    if (json::IsField(member.key, "predicate")) statement.predicate = member.value;
    if (!json::IsField(member.key, "subject")) return absl::OkStatus();
    absl::StatusOr<std::vector<StatementSubject>> subjects = DecodeSubjects(member.value);
    if (!subjects.ok()) return oci::Annotate(subjects.status(), member.key);
    statement.subjects = *std::move(subjects);
    return absl::OkStatus();
  }));
  return statement;
}

}  // namespace

absl::StatusOr<BundledStatement> ParseStatement(absl::string_view file) {
  const absl::StatusOr<size_t> size = FirstValue(file);
  if (!size.ok()) return oci::Annotate(size.status(), kCannotDecode);
  absl::StatusOr<BundledStatement> statement = DecodeStatement(file.substr(0, *size));
  if (!statement.ok()) return oci::Annotate(statement.status(), kCannotDecode);
  if (file.find_first_not_of(" \t\r\n", *size) != file.npos) {
    return oci::InvalidInputError("in-toto statement is not a single JSON object");
  }
  return statement;
}

absl::StatusOr<std::unique_ptr<PredicateReader>> PredicateReader::New(absl::string_view predicate) {
  absl::StatusOr<json::Normalizer> normalizer = json::Normalizer::Make(predicate);
  if (!normalizer.ok()) return oci::Annotate(normalizer.status(), kCannotDecode);
  return std::unique_ptr<PredicateReader>(new PredicateReader(*std::move(normalizer)));
}

absl::StatusOr<size_t> PredicateReader::Read(absl::Span<char> buffer) {
  if (taken_ == piece_.size()) {
    piece_.clear();
    taken_ = 0;
    normalizer_.Next(piece_);
  }
  const size_t size = std::min(buffer.size(), piece_.size() - taken_);
  std::copy_n(piece_.data() + taken_, size, buffer.data());
  taken_ += size;
  return size;
}

}  // namespace waybill::attest
