// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/image/config.h"

#include <utility>

#include "absl/strings/string_view.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::exporter::input::image {
namespace {

absl::StatusOr<std::string> StringField(const oci::json::Fields& fields, absl::string_view name) {
  const absl::string_view raw = fields.Find(name);
  if (raw.empty()) return std::string();
  absl::StatusOr<std::string> value = oci::json::DecodeString(raw);
  if (!value.ok()) return oci::Annotate(value.status(), name);
  return value;
}

absl::StatusOr<std::vector<std::string>> StringsField(const oci::json::Fields& fields, absl::string_view name) {
  std::vector<std::string> values;
  if (fields.Find(name).empty()) return values;
  ABSL_ASSIGN_OR_RETURN(const std::vector<absl::string_view> elements, oci::json::Elements(fields.Find(name)));
  for (const absl::string_view raw : elements) {
    ABSL_ASSIGN_OR_RETURN(std::string value, oci::json::DecodeString(raw));
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace

absl::StatusOr<ImageConfig> ParseImageConfig(std::string bytes) {
  ABSL_RETURN_IF_ERROR(oci::json::Validate(bytes));
  ABSL_ASSIGN_OR_RETURN(const oci::json::Fields fields, oci::json::Fields::Parse(bytes));
  ImageConfig config;
  ABSL_ASSIGN_OR_RETURN(config.platform.os, StringField(fields, "os"));
  ABSL_ASSIGN_OR_RETURN(config.platform.architecture, StringField(fields, "architecture"));
  ABSL_ASSIGN_OR_RETURN(config.platform.variant, StringField(fields, "variant"));
  ABSL_ASSIGN_OR_RETURN(config.platform.os_version, StringField(fields, "os.version"));
  ABSL_ASSIGN_OR_RETURN(config.platform.os_features, StringsField(fields, "os.features"));
  if (const absl::string_view rootfs = fields.Find("rootfs"); !rootfs.empty()) {
    ABSL_ASSIGN_OR_RETURN(const oci::json::Fields rootfs_fields, oci::json::Fields::Parse(rootfs));
    ABSL_ASSIGN_OR_RETURN(const std::vector<std::string> diff_ids, StringsField(rootfs_fields, "diff_ids"));
    for (const std::string& text : diff_ids) {
      ABSL_ASSIGN_OR_RETURN(oci::Digest diff_id, oci::Digest::Parse(text));
      config.diff_ids.push_back(std::move(diff_id));
    }
  }
  config.bytes = std::move(bytes);
  return config;
}

}  // namespace waybill::exporter::input::image
