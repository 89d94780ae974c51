// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/content/filter_parser.h"

#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service::content {
namespace {

using re2::RE2;

// Go's escapes but for quotes, which are their own. The same as C's, once digits are limited in number.
constexpr char kEscape[] =
    R"(\\[abfnrtv\\]|\\[0-3][0-7][0-7]|\\x[[:xdigit:]]{2}|\\u[[:xdigit:]]{4}|\\U[[:xdigit:]]{8})";

const RE2& FieldPattern() {
  static const RE2 pattern("([A-Za-z0-9_]+)");
  return pattern;
}

const RE2& ValuePattern() {
  static const RE2 pattern(R"(([^\s,.=!~"/|[:cntrl:]][^\s,[:cntrl:]]*))");
  return pattern;
}

}  // namespace

absl::StatusOr<Filter> FilterParser::Parse() {
  Filter filter;
  if (text_.empty()) return filter;
  do {
    ABSL_ASSIGN_OR_RETURN(Filter::Condition condition, TakeCondition());
    filter.conditions_.push_back(std::move(condition));
  } while (Take(','));
  if (!rest_.empty()) return Error("unexpected input");
  return filter;
}

absl::StatusOr<Filter::Condition> FilterParser::TakeCondition() {
  Filter::Condition condition;
  do {
    ABSL_ASSIGN_OR_RETURN(std::string name, TakeWord(FieldPattern(), "\""));
    condition.path.push_back(std::move(name));
  } while (Take('.'));
  if (rest_.empty() || rest_[0] == ',') return condition;
  ABSL_ASSIGN_OR_RETURN(condition.op, TakeOperator());
  const bool expression = condition.op == Operator::kMatches;
  ABSL_ASSIGN_OR_RETURN(condition.value, TakeWord(ValuePattern(), expression ? "\"/|" : "\""));
  if (expression) ABSL_RETURN_IF_ERROR(Compile(condition));
  return condition;
}

absl::StatusOr<FilterParser::Operator> FilterParser::TakeOperator() {
  static const RE2 pattern("([=!~]+)");
  SkipSpace();
  std::string op;
  if (!RE2::Consume(&rest_, pattern, &op)) return Error("expected ==, != or ~=");
  if (op == "==") return Operator::kEqual;
  if (op == "!=") return Operator::kNotEqual;
  if (op == "~=") return Operator::kMatches;
  return Error(absl::StrCat("unknown operator ", op));
}

absl::Status FilterParser::Compile(Filter::Condition& condition) const {
  condition.expression = std::make_shared<RE2>(condition.value, RE2::Quiet);
  if (condition.expression->ok()) return absl::OkStatus();
  return oci::InvalidInputError(absl::StrCat("filter ", text_, ": ", condition.expression->error()));
}

absl::StatusOr<std::string> FilterParser::TakeWord(const RE2& pattern, absl::string_view quotes) {
  SkipSpace();
  std::string word;
  if (RE2::Consume(&rest_, pattern, &word)) return word;
  if (!rest_.empty() && absl::StrContains(quotes, rest_[0])) return TakeQuoted();
  return Error("expected a name or value");
}

absl::StatusOr<std::string> FilterParser::TakeQuoted() {
  static const RE2 escape(absl::StrCat("(", kEscape, ")"));
  const char quote = rest_[0];
  const RE2 plain(absl::StrCat("([^\\n\\\\", std::string(1, quote), "]+)"));
  rest_.remove_prefix(1);
  std::string word;
  while (!rest_.empty() && rest_[0] != quote) {
    std::string part;
    if (RE2::Consume(&rest_, plain, &part)) {
      absl::StrAppend(&word, part);
    } else if (rest_[0] == '\\' && rest_.size() > 1 && rest_[1] == quote) {
      word.push_back(quote);
      rest_.remove_prefix(2);
    } else if (RE2::Consume(&rest_, escape, &part) && absl::CUnescape(part, &part)) {
      absl::StrAppend(&word, part);
    } else {
      return Error("not what may stand in quotes");
    }
  }
  if (rest_.empty()) return Error("quotes are not closed");
  rest_.remove_prefix(1);
  return word;
}

bool FilterParser::Take(char token) {
  if (rest_.empty() || rest_[0] != token) return false;
  rest_.remove_prefix(1);
  return true;
}

void FilterParser::SkipSpace() {
  static const RE2 space(R"(\s*)");
  RE2::Consume(&rest_, space);
}

absl::Status FilterParser::Error(absl::string_view what) const {
  return oci::InvalidInputError(
      absl::StrCat("filter ", text_, ": ", what, " at position ", text_.size() - rest_.size()));
}

}  // namespace waybill::exporter::service::content
