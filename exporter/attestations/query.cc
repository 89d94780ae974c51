// SPDX-License-Identifier: Apache-2.0
#include "exporter/attestations/query.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "attest/reader/choose.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::exporter::attestations {
namespace {

absl::Status ReadText(const oci::json::Fields& fields, absl::string_view name, std::string& text) {
  const absl::string_view raw = fields.Find(name);
  if (raw.empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(text, oci::json::DecodeString(raw));
  return absl::OkStatus();
}

absl::StatusOr<oci::Platform> ReadJsonPlatform(absl::string_view text) {
  ABSL_RETURN_IF_ERROR(oci::json::Validate(text));
  ABSL_ASSIGN_OR_RETURN(const oci::json::Fields fields, oci::json::Fields::Parse(text));
  oci::Platform platform;
  ABSL_RETURN_IF_ERROR(ReadText(fields, "os", platform.os));
  ABSL_RETURN_IF_ERROR(ReadText(fields, "architecture", platform.architecture));
  ABSL_RETURN_IF_ERROR(ReadText(fields, "variant", platform.variant));
  ABSL_RETURN_IF_ERROR(ReadText(fields, "os.version", platform.os_version));
  // As in moby (httputils.DecodePlatform).
  if (platform.os.empty() || platform.architecture.empty()) {
    return oci::InvalidInputError("both os and architecture must be provided");
  }
  return oci::Normalize(std::move(platform));
}

absl::StatusOr<oci::Platform> ReadPlatform(absl::string_view text) {
  absl::StatusOr<oci::Platform> platform =
      absl::StartsWith(text, "{") ? ReadJsonPlatform(text) : oci::ParsePlatform(text);
  if (platform.ok()) return platform;
  return oci::InvalidInputError(absl::StrCat("failed to parse platform: ", platform.status().message()));
}

}  // namespace

absl::StatusOr<Query> ReadQuery(const std::vector<std::string>& platforms, const std::vector<std::string>& types) {
  ABSL_RETURN_IF_ERROR(attest::reader::CheckTypes(types));
  Query query{.platforms = {}, .types = types};
  bool all = false;
  for (const std::string& text : platforms) {
    if (text == "all") {
      all = true;
      continue;
    }
    ABSL_ASSIGN_OR_RETURN(oci::Platform platform, ReadPlatform(text));
    query.platforms.push_back(std::move(platform));
  }
  if (all) {
    query.platforms.clear();
  } else if (query.platforms.empty()) {
    query.platforms.push_back(oci::HostPlatform());
  }
  return query;
}

}  // namespace waybill::exporter::attestations
