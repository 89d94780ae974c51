// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/content/filter.h"

#include <algorithm>
#include <utility>

#include "exporter/service/content/filter_parser.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service::content {

absl::StatusOr<Filter> Filter::Parse(absl::string_view text) { return FilterParser(text).Parse(); }

bool Filter::Condition::Holds(const std::optional<std::string>& actual) const {
  switch (op) {
    case Operator::kPresent:
      return actual.has_value();
    case Operator::kEqual:
      return actual == value;
    case Operator::kNotEqual:
      return actual.value_or("") != value;
    case Operator::kMatches:
      return re2::RE2::PartialMatch(actual.value_or(""), *expression);
  }
  return false;
}

bool Filter::Matches(const FieldLookup& lookup) const {
  return std::all_of(conditions_.begin(), conditions_.end(),
                     [&](const Condition& condition) { return condition.Holds(lookup(condition.path)); });
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

}  // namespace waybill::exporter::service::content
