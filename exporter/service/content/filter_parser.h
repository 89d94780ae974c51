// SPDX-License-Identifier: Apache-2.0
// From a filter's text to its conditions: the grammar of containerd's pkg/filters/parser.go.
#ifndef WAYBILL_EXPORTER_SERVICE_CONTENT_FILTER_PARSER_H_
#define WAYBILL_EXPORTER_SERVICE_CONTENT_FILTER_PARSER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "exporter/service/content/filter.h"
#include "re2/re2.h"
#include "re2/stringpiece.h"

namespace waybill::exporter::service::content {

// For one text, which outlives it.
class FilterParser {
 public:
  explicit FilterParser(absl::string_view text) : text_(text), rest_(text.data(), text.size()) {}

  absl::StatusOr<Filter> Parse();

 private:
  using Operator = Filter::Operator;

  absl::StatusOr<Filter::Condition> TakeCondition();
  absl::StatusOr<Operator> TakeOperator();
  // What `pattern` takes, or what stands between quotes of one of these kinds.
  absl::StatusOr<std::string> TakeWord(const re2::RE2& pattern, absl::string_view quotes);
  absl::StatusOr<std::string> TakeQuoted();
  absl::Status Compile(Filter::Condition& condition) const;
  // Only words and operators may have space before them.
  bool Take(char token);
  void SkipSpace();
  absl::Status Error(absl::string_view what) const;

  const absl::string_view text_;
  re2::StringPiece rest_;
};

}  // namespace waybill::exporter::service::content

#endif  // WAYBILL_EXPORTER_SERVICE_CONTENT_FILTER_PARSER_H_
