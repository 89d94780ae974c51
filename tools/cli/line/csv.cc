// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/line/csv.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::cli::line {
namespace {

class CsvLine {
 public:
  explicit CsvLine(absl::string_view line) : line_(line) {}

  absl::StatusOr<std::vector<std::string>> Fields() {
    std::vector<std::string> fields;
    do {
      ABSL_ASSIGN_OR_RETURN(std::string field, quoted() ? TakeQuoted() : TakeBare());
      fields.push_back(std::move(field));
    } while (at_++ < line_.size());  // past the comma
    return fields;
  }

 private:
  bool quoted() const { return at_ < line_.size() && line_[at_] == '"'; }

  absl::StatusOr<std::string> TakeBare() {
    const size_t end = std::min(line_.find(',', at_), line_.size());
    const absl::string_view field = line_.substr(at_, end - at_);
    if (const size_t quote = field.find('"'); quote != absl::string_view::npos) {
      return Error(at_ + quote, "bare \" in non-quoted-field");
    }
    at_ = end;
    return std::string(field);
  }

  absl::StatusOr<std::string> TakeQuoted() {
    std::string field;
    while (true) {
      const size_t quote = line_.find('"', at_ + 1);
      if (quote == absl::string_view::npos) return Error(line_.size(), "extraneous or missing \" in quoted-field");
      absl::StrAppend(&field, line_.substr(at_ + 1, quote - at_ - 1));
      at_ = quote + 1;
      if (at_ == line_.size() || line_[at_] == ',') return field;
      if (line_[at_] != '"') return Error(quote, "extraneous or missing \" in quoted-field");
      field.push_back('"');
    }
  }

  static absl::Status Error(size_t at, absl::string_view what) {
    return oci::InvalidInputError(absl::StrCat("parse error on line 1, column ", at + 1, ": ", what));
  }

  const absl::string_view line_;
  size_t at_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<std::string>> ParseCsvLine(absl::string_view line) { return CsvLine(line).Fields(); }

}  // namespace waybill::cli::line
