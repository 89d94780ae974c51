// SPDX-License-Identifier: Apache-2.0
#include "oci/http/headers.h"

#include "absl/strings/match.h"

namespace waybill::oci::http {

void Headers::Add(absl::string_view name, absl::string_view value) { fields_.emplace_back(name, value); }

void Headers::Set(absl::string_view name, absl::string_view value) {
  Remove(name);
  Add(name, value);
}

void Headers::Remove(absl::string_view name) {
  std::erase_if(fields_, [name](const auto& field) { return absl::EqualsIgnoreCase(field.first, name); });
}

std::optional<std::string> Headers::Find(absl::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (absl::EqualsIgnoreCase(key, name)) return value;
  }
  return std::nullopt;
}

std::vector<std::string> Headers::FindAll(absl::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : fields_) {
    if (absl::EqualsIgnoreCase(key, name)) values.push_back(value);
  }
  return values;
}

}  // namespace waybill::oci::http
