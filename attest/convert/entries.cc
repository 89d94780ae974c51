// SPDX-License-Identifier: Apache-2.0
#include "attest/convert/entries.h"

#include "oci/image/manifest.h"
#include "oci/json/edit.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::attest::convert {
namespace {

constexpr size_t kInList = 2;  // depth of an entry in the index

}  // namespace

absl::StatusOr<std::string> WithEntries(absl::string_view index, const std::vector<oci::Descriptor>& entries) {
  ABSL_RETURN_IF_ERROR(oci::image::ParseIndex(index).status());
  ABSL_ASSIGN_OR_RETURN(const oci::json::Fields fields, oci::json::Fields::Parse(index));
  const absl::string_view there = fields.Find("manifests");
  std::string list = there.empty() ? "[]" : std::string(there);
  for (const oci::Descriptor& entry : entries) {
    ABSL_ASSIGN_OR_RETURN(list, oci::json::WithElement(list, oci::image::ToCompactJson(entry), kInList));
  }
  ABSL_ASSIGN_OR_RETURN(std::string with, oci::json::WithMember(index, "manifests", list, {}, 1));
  ABSL_RETURN_IF_ERROR(oci::image::ParseIndex(with).status());
  return with;
}

}  // namespace waybill::attest::convert
