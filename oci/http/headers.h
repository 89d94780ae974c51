// SPDX-License-Identifier: Apache-2.0
// HTTP header fields in order, names compared without regard to case (RFC 9110, 5.1).
#ifndef WAYBILL_OCI_HTTP_HEADERS_H_
#define WAYBILL_OCI_HTTP_HEADERS_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace waybill::oci::http {

// A value. A name may appear several times.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  void Add(absl::string_view name, absl::string_view value);
  // Adds the field, or replaces all fields of that name.
  void Set(absl::string_view name, absl::string_view value);
  void Remove(absl::string_view name);
  // The first value with that name.
  std::optional<std::string> Find(absl::string_view name) const;
  std::vector<std::string> FindAll(absl::string_view name) const;

  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace waybill::oci::http

#endif  // WAYBILL_OCI_HTTP_HEADERS_H_
