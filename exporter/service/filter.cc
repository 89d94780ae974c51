// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/filter.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service {

class FilterParser {
 public:
  explicit FilterParser(absl::string_view text) : text_(text), rest_(text) {}

  absl::StatusOr<Filter> Parse() {
    Filter filter;
    if (AtEnd()) return filter;
    do {
      ABSL_ASSIGN_OR_RETURN(Filter::Condition condition, TakeCondition());
      filter.conditions_.push_back(std::move(condition));
    } while (Take(","));
    if (!AtEnd()) return Error("unexpected input");
    return filter;
  }

 private:
  using Operator = Filter::Operator;

  absl::StatusOr<Filter::Condition> TakeCondition() {
    Filter::Condition condition;
    do {
      ABSL_ASSIGN_OR_RETURN(std::string name, TakeWord(/*separators=*/".,=!~"));
      condition.path.push_back(std::move(name));
    } while (Take("."));
    if (Take("~="))
      return oci::UnsupportedError(absl::StrCat("filter ", text_, ": regular expressions are not supported"));
    if (Take("==")) {
      condition.op = Operator::kEqual;
    } else if (Take("!=")) {
      condition.op = Operator::kNotEqual;
    } else {
      return condition;
    }
    ABSL_ASSIGN_OR_RETURN(condition.value, TakeWord(/*separators=*/","));
    return condition;
  }

  absl::StatusOr<std::string> TakeWord(absl::string_view separators) {
    SkipSpace();
    if (!rest_.empty() && rest_.front() == '"') return TakeQuoted();
    const size_t size = std::min(rest_.find_first_of(absl::StrCat(separators, " \t\"")), rest_.size());
    if (size == 0) return Error("expected a name or value");
    const std::string word(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return word;
  }

  absl::StatusOr<std::string> TakeQuoted() {
    size_t end = 1;
    while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
    if (end >= rest_.size()) return Error("unterminated quotes");
    std::string word;
    if (!absl::CUnescape(rest_.substr(1, end - 1), &word)) return Error("invalid escape");
    rest_.remove_prefix(end + 1);
    return word;
  }

  bool Take(absl::string_view token) {
    SkipSpace();
    return absl::ConsumePrefix(&rest_, token);
  }
  bool AtEnd() {
    SkipSpace();
    return rest_.empty();
  }
  void SkipSpace() { rest_ = absl::StripLeadingAsciiWhitespace(rest_); }

  absl::Status Error(absl::string_view what) const {
    return oci::InvalidInputError(
        absl::StrCat("filter ", text_, ": ", what, " at position ", text_.size() - rest_.size()));
  }

  const absl::string_view text_;
  absl::string_view rest_;
};

absl::StatusOr<Filter> Filter::Parse(absl::string_view text) { return FilterParser(text).Parse(); }

bool Filter::Matches(const FieldLookup& lookup) const {
  return std::all_of(conditions_.begin(), conditions_.end(), [&](const Condition& condition) {
    const std::optional<std::string> value = lookup(condition.path);
    switch (condition.op) {
      case Operator::kPresent:
        return value.has_value();
      case Operator::kEqual:
        return value.has_value() && *value == condition.value;
      case Operator::kNotEqual:
        return value.value_or("") != condition.value;
    }
    return false;
  });
}

absl::StatusOr<AnyFilter> AnyFilter::Parse(const google::protobuf::RepeatedPtrField<std::string>& filters) {
  AnyFilter any;
  for (const std::string& text : filters) {
    ABSL_ASSIGN_OR_RETURN(Filter filter, Filter::Parse(text));
    any.filters_.push_back(std::move(filter));
  }
  return any;
}

bool AnyFilter::Matches(const FieldLookup& lookup) const {
  return filters_.empty() ||
         std::any_of(filters_.begin(), filters_.end(), [&](const Filter& filter) { return filter.Matches(lookup); });
}

}  // namespace waybill::exporter::service
