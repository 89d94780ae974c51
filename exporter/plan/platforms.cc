// SPDX-License-Identifier: Apache-2.0
#include "exporter/plan/platforms.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "exporter/plan/image_config.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::exporter::plan {
namespace {

namespace json = oci::json;

absl::StatusOr<ResultPlatform> ParseEntry(absl::string_view raw) {
  ABSL_ASSIGN_OR_RETURN(const json::Fields fields, json::Fields::Parse(raw));
  ResultPlatform entry;
  if (const absl::string_view id = fields.Find("ID"); !id.empty()) {
    ABSL_ASSIGN_OR_RETURN(entry.id, json::DecodeString(id));
  }
  if (const absl::string_view platform = fields.Find("Platform"); !platform.empty()) {
    ABSL_ASSIGN_OR_RETURN(entry.platform, ParsePlatformFields(platform));
  }
  return entry;
}

absl::StatusOr<std::vector<ResultPlatform>> ParseList(absl::string_view raw) {
  std::vector<ResultPlatform> platforms;
  if (raw.empty()) return platforms;
  ABSL_ASSIGN_OR_RETURN(const json::Fields fields, json::Fields::Parse(raw));
  const absl::string_view list = fields.Find("Platforms");
  if (list.empty()) return platforms;
  ABSL_ASSIGN_OR_RETURN(const std::vector<absl::string_view> elements, json::Elements(list));
  for (const absl::string_view element : elements) {
    ABSL_ASSIGN_OR_RETURN(ResultPlatform entry, ParseEntry(element));
    platforms.push_back(std::move(entry));
  }
  return platforms;
}

// A Go struct as %v prints it.
std::string GoFormat(const oci::Platform& p) {
  return absl::StrCat("{", p.architecture, " ", p.os, " ", p.os_version, " [", absl::StrJoin(p.os_features, " "), "] ",
                      p.variant, "}");
}

absl::StatusOr<oci::Platform> PlatformOfConfig(const request::Metadata& metadata, const oci::Platform& host) {
  const std::string* config = request::FindMetadata(metadata, request::kConfigKey);
  if (config == nullptr) return host;
  const absl::StatusOr<oci::Platform> parsed = ParsePlatformFields(*config);
  if (!parsed.ok()) return oci::Annotate(parsed.status(), request::kConfigKey);
  const oci::Platform& platform = *parsed;
  if (platform.os.empty() && platform.architecture.empty()) return host;
  if (platform.os.empty() || platform.architecture.empty()) {
    return oci::InvalidInputError("invalid image config: os and architecture must be specified together");
  }
  return platform;
}

}  // namespace

absl::StatusOr<std::vector<ResultPlatform>> ParsePlatforms(const request::Metadata& metadata,
                                                           const oci::Platform& host) {
  const std::string* listed = request::FindMetadata(metadata, request::kPlatformsKey);
  if (listed == nullptr) {
    ABSL_ASSIGN_OR_RETURN(oci::Platform platform, PlatformOfConfig(metadata, host));
    platform = oci::Normalize(std::move(platform));
    return std::vector<ResultPlatform>{{oci::FormatFull(platform), platform}};
  }
  absl::StatusOr<std::vector<ResultPlatform>> platforms = ParseList(*listed);
  if (!platforms.ok()) return oci::Annotate(platforms.status(), request::kPlatformsKey);
  if (platforms->empty()) return oci::InvalidInputError("invalid empty platforms index for exporter");
  for (ResultPlatform& entry : *platforms) {
    if (entry.id.empty()) return oci::InvalidInputError("invalid empty platform key for exporter");
    if (entry.platform.os.empty() || entry.platform.architecture.empty()) {
      return oci::InvalidInputError(absl::StrCat("invalid platform value ", GoFormat(entry.platform), " for exporter"));
    }
    entry.platform = oci::Normalize(std::move(entry.platform));
  }
  return platforms;
}

}  // namespace waybill::exporter::plan
