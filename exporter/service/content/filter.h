// SPDX-License-Identifier: Apache-2.0
// containerd's filter language (containerd, pkg/filters): `digest==sha256:..., labels."my.key"~=/^v[0-9]+/`.
#ifndef WAYBILL_EXPORTER_SERVICE_CONTENT_FILTER_H_
#define WAYBILL_EXPORTER_SERVICE_CONTENT_FILTER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "re2/re2.h"

namespace waybill::exporter::service::content {

// The value of a field ("digest", or "labels" and a key), or nothing when it has none.
using FieldLookup = std::function<std::optional<std::string>(const std::vector<std::string>& path)>;

// Comma-separated conditions that all must hold: a field that is there, or one that is (==), is not (!=) or has a part
// that matches (~=, RE2's syntax, which is Go's) a value. Keys and values may be quoted as in Go, expressions also by
// slashes or bars. A field that is not there is compared as "".
class Filter {
 public:
  // Errors: INVALID_ARGUMENT naming the filter.
  static absl::StatusOr<Filter> Parse(absl::string_view text);
  bool Matches(const FieldLookup& lookup) const;

 private:
  enum class Operator { kPresent, kEqual, kNotEqual, kMatches };
  struct Condition {
    bool Holds(const std::optional<std::string>& actual) const;

    std::vector<std::string> path;
    Operator op = Operator::kPresent;
    std::string value;
    std::shared_ptr<const re2::RE2> expression;  // of kMatches; copies of the filter share it
  };
  friend class FilterParser;
  std::vector<Condition> conditions_;
};

// What matches any of the filters; without filters, everything.
class AnyFilter {
 public:
  static absl::StatusOr<AnyFilter> Parse(const google::protobuf::RepeatedPtrField<std::string>& filters);
  bool Matches(const FieldLookup& lookup) const;

 private:
  std::vector<Filter> filters_;
};

}  // namespace waybill::exporter::service::content

#endif  // WAYBILL_EXPORTER_SERVICE_CONTENT_FILTER_H_
