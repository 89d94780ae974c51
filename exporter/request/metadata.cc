// SPDX-License-Identifier: Apache-2.0
#include "exporter/request/metadata.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace waybill::exporter::request {

bool IsMetadataKey(absl::string_view key) {
  if (key == kPlatformsKey || key == kImageNameKey) return true;
  for (const absl::string_view of_platforms : {kConfigKey, kBaseConfigKey, kEpochKey}) {
    if (key == of_platforms || absl::StartsWith(key, absl::StrCat(of_platforms, "/"))) return true;
  }
  return false;
}

const std::string* FindMetadata(const Metadata& metadata, absl::string_view key) {
  const auto found = metadata.find(std::string(key));
  return found == metadata.end() ? nullptr : &found->second;
}

const std::string* FindMetadata(const Metadata& metadata, absl::string_view key, absl::string_view platform_id) {
  const std::string* value = FindMetadata(metadata, absl::StrCat(key, "/", platform_id));
  return value != nullptr ? value : FindMetadata(metadata, key);
}

std::string FoundKey(const Metadata& metadata, absl::string_view key, absl::string_view platform_id) {
  std::string own = absl::StrCat(key, "/", platform_id);
  return metadata.contains(own) ? own : std::string(key);
}

}  // namespace waybill::exporter::request
