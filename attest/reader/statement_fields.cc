// SPDX-License-Identifier: Apache-2.0
#include "attest/reader/statement_fields.h"

#include "absl/strings/str_cat.h"
#include "oci/json/json.h"
#include "oci/json/text.h"

namespace waybill::attest::reader {
namespace {

constexpr absl::string_view kOnce[] = {"_type", "predicateType", "subject", "predicate"};
// A subject has one or two digests.
constexpr size_t kMaxDigests = 16;
// Of a subject's digest, the deepest that matters.
constexpr size_t kSubjectDepth = 4;

}  // namespace

bool StringField::Take(absl::string_view piece, bool last, std::string& value) {
  if (raw_.size() < kMaxStringBytes) absl::StrAppend(&raw_, piece.substr(0, kMaxStringBytes - raw_.size()));
  if (!last) return false;
  const std::string quoted = absl::StrCat("\"", raw_, "\"");
  // Cut off inside an escape, it is no JSON any more.
  value = oci::json::Validate(quoted).ok() ? oci::json::Unquote(quoted) : raw_;
  raw_.clear();
  return true;
}

void StatementFields::OnValue(const scan::JsonPath& path, char first, int64_t /*offset*/) {
  if (path.depth() == 1) {
    for (const absl::string_view name : kOnce) {
      if (!path.Is({name}) || seen_.insert(std::string(name)).second) continue;
      if (content_.fault.empty()) content_.fault = absl::StrCat("\"", name, "\" is given twice");
    }
    return;
  }
  if (first == '{' && path.depth() == 2 && path.Is({"subject", scan::kElement})) AddSubject();
}

void StatementFields::AddSubject() {
  keeps_subject_ = content_.subjects.size() < kMaxKeptSubjects && subject_bytes_ < kMaxSubjectBytes;
  if (keeps_subject_) {
    content_.subjects.emplace_back();
  } else {
    content_.has_more_subjects = true;
  }
}

void StatementFields::TakeSubject(const scan::JsonPath& path, absl::string_view piece, bool last) {
  std::string value;
  if (!keeps_subject_ || !string_.Take(piece, last, value)) return;
  StatementSubject& subject = content_.subjects.back();
  subject_bytes_ += value.size() + path.key().size();
  if (path.Is({"subject", scan::kElement, "name"})) {
    subject.name = std::move(value);
  } else if (subject.digests.size() < kMaxDigests) {
    subject.digests.insert_or_assign(std::string(path.key()), std::move(value));
  }
}

absl::Status StatementFields::OnString(const scan::JsonPath& path, absl::string_view piece, bool last) {
  if (path.depth() > kSubjectDepth) return absl::OkStatus();
  if (path.Is({"_type"})) {
    if (string_.Take(piece, last, content_.statement_type)) has_type_ = true;
  } else if (path.Is({"predicateType"})) {
    if (string_.Take(piece, last, content_.predicate_type)) has_predicate_type_ = true;
  } else if (path.Is({"subject", scan::kElement, "name"}) ||
             (path.depth() == kSubjectDepth && path.IsIn({"subject", scan::kElement, "digest"}))) {
    TakeSubject(path, piece, last);
  }
  return absl::OkStatus();
}

void StatementFields::OnEnd(const scan::JsonPath& path, int64_t /*offset*/) {
  if (path.depth() == 1 && path.Is({"subject"})) has_subjects_ = true;
}

}  // namespace waybill::attest::reader
