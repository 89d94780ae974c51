// SPDX-License-Identifier: Apache-2.0
// Strict reading of JSON documents that people and programs write by hand: every fault names where it is.
#ifndef WAYBILL_EXPORTER_INPUT_OBJECT_READER_H_
#define WAYBILL_EXPORTER_INPUT_OBJECT_READER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/json/json.h"

namespace waybill::exporter::input {

// One raw value and its place in the document: `refs["linux/amd64"].layers[2]`.
struct Value {
  absl::string_view raw;
  std::string path;
};

// INVALID_ARGUMENT, "<path>: <message>".
absl::Status ErrorAt(const Value& value, absl::string_view message);
// `status` with the path in front, unless it is OK.
absl::Status At(const Value& value, const absl::Status& status);

// An object or a list with more members is refused.
inline constexpr size_t kMaxMembers = 100'000;

// An object whose members are taken one by one; null counts as absent. A view into the document, which must be valid
// JSON and outlive it.
class ObjectReader {
 public:
  // Errors: not an object, a member given twice, or more than kMaxMembers.
  static absl::StatusOr<ObjectReader> Parse(const Value& value);

  // The members by name, for objects whose keys are free. Null members are included.
  std::vector<std::pair<std::string, Value>> Entries() const;

  bool Has(absl::string_view name) const;
  // A value with an empty `raw` when the member is absent.
  Value Take(absl::string_view name);
  // "" or an empty container when the member is absent.
  absl::StatusOr<std::string> String(absl::string_view name);
  absl::StatusOr<std::map<std::string, std::string>> StringMap(absl::string_view name);
  // Visits the elements of a list one by one; none when it is absent. Ends at the first error of `visit`.
  absl::Status ForEach(absl::string_view name, absl::FunctionRef<absl::Status(const Value&)> visit);
  // Errors: absent.
  absl::StatusOr<std::string> RequiredString(absl::string_view name);
  absl::StatusOr<int64_t> RequiredSize(absl::string_view name);  // not negative
  absl::StatusOr<bool> RequiredBool(absl::string_view name);

  // Errors: a member that was not taken is unknown.
  absl::Status Finish() const;

 private:
  struct Member {
    Value value;
    bool taken = false;
  };
  explicit ObjectReader(std::string path) : path_(std::move(path)) {}
  absl::Status Missing(absl::string_view name) const;

  std::string path_;
  std::map<std::string, Member> members_;
};

}  // namespace waybill::exporter::input

#endif  // WAYBILL_EXPORTER_INPUT_OBJECT_READER_H_
