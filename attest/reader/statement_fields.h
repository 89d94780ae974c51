// SPDX-License-Identifier: Apache-2.0
// The members of an in-toto statement that a reader looks for, taken from a stream of JSON. Part of content.h's
// implementation.
#ifndef WAYBILL_ATTEST_READER_STATEMENT_FIELDS_H_
#define WAYBILL_ATTEST_READER_STATEMENT_FIELDS_H_

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "attest/reader/content.h"
#include "attest/scan/json_paths.h"

namespace waybill::attest::reader {

// A string that comes in pieces, kept up to kMaxStringBytes.
class StringField {
 public:
  // True with the last piece: `value` is the decoded string then.
  bool Take(absl::string_view piece, bool last, std::string& value);

 private:
  std::string raw_;
};

// Fills a Content. Members that may not come twice are a fault when they do, because readers differ in which one
// counts.
class StatementFields final : public scan::JsonVisitor {
 public:
  explicit StatementFields(Content& content) : content_(content) {}
  void OnValue(const scan::JsonPath& path, char first, int64_t offset) override;
  absl::Status OnString(const scan::JsonPath& path, absl::string_view piece, bool last) override;
  void OnEnd(const scan::JsonPath& path, int64_t offset) override;

  // Type, predicate type and all subjects are known.
  bool has_all() const { return has_type_ && has_predicate_type_ && has_subjects_; }

 private:
  void AddSubject();
  void TakeSubject(const scan::JsonPath& path, absl::string_view piece, bool last);

  Content& content_;
  StringField string_;
  std::set<std::string> seen_;  // of the members that matter
  size_t subject_bytes_ = 0;
  bool keeps_subject_ = false;  // the current one
  bool has_type_ = false;
  bool has_predicate_type_ = false;
  bool has_subjects_ = false;
};

}  // namespace waybill::attest::reader

#endif  // WAYBILL_ATTEST_READER_STATEMENT_FIELDS_H_
