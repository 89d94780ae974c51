// SPDX-License-Identifier: Apache-2.0
#include "exporter/request/annotations.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "oci/error.h"
#include "oci/platform.h"
#include "oci/status_macros.h"

namespace waybill::exporter::request {
namespace {

struct Target {
  absl::string_view type;
  oci::Annotations AnnotationGroup::*member;
};
constexpr Target kTargets[] = {
    {"", &AnnotationGroup::manifest},
    {"manifest", &AnnotationGroup::manifest},
    {"manifest-descriptor", &AnnotationGroup::manifest_descriptor},
    {"index", &AnnotationGroup::index},
    {"index-descriptor", &AnnotationGroup::index_descriptor},
};

bool IsTypeChar(char c) { return absl::ascii_islower(c) || c == '-'; }
// BuildKit's are letters, digits, "_", "/" and "-". The others are for OS versions: "windows(10.0.17763.1)/amd64".
bool IsPlatformChar(char c) { return absl::ascii_isalnum(c) || absl::StrContains("_/-.()+%", c); }
// What Go's \S leaves out.
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; }

absl::string_view TakeWhile(absl::string_view& text, bool (*accept)(char)) {
  size_t size = 0;
  while (size < text.size() && accept(text[size])) ++size;
  const absl::string_view taken = text.substr(0, size);
  text.remove_prefix(size);
  return taken;
}

struct KeyParts {
  absl::string_view type;
  absl::string_view platform;
  absl::string_view key;
};

// annotation(-[a-z-]+)?(\[[A-Za-z0-9_/.()+%-]+\])?\.\S+
std::optional<KeyParts> Split(absl::string_view text) {
  KeyParts parts;
  if (!absl::ConsumePrefix(&text, "annotation")) return std::nullopt;
  if (absl::ConsumePrefix(&text, "-")) {
    parts.type = TakeWhile(text, IsTypeChar);
    if (parts.type.empty()) return std::nullopt;
  }
  if (absl::ConsumePrefix(&text, "[")) {
    parts.platform = TakeWhile(text, IsPlatformChar);
    if (parts.platform.empty() || !absl::ConsumePrefix(&text, "]")) return std::nullopt;
  }
  if (!absl::ConsumePrefix(&text, ".")) return std::nullopt;
  parts.key = TakeWhile(text, [](char c) { return !IsSpace(c); });
  if (parts.key.empty() || !text.empty()) return std::nullopt;
  return parts;
}

}  // namespace

absl::StatusOr<std::optional<AnnotationKey>> ParseAnnotationKey(absl::string_view text) {
  const std::optional<KeyParts> parts = Split(text);
  if (!parts.has_value()) return std::nullopt;
  AnnotationKey key;
  key.key = std::string(parts->key);
  for (const Target& target : kTargets) {
    if (target.type == parts->type) key.target = target.member;
  }
  if (key.target == nullptr) {
    return oci::InvalidInputError(absl::StrCat("unrecognized annotation type ", parts->type));
  }
  if (!parts->platform.empty()) {
    ABSL_ASSIGN_OR_RETURN(const oci::Platform platform, oci::ParsePlatform(parts->platform));
    key.platform = oci::FormatFull(platform);
  }
  return key;
}

absl::StatusOr<AnnotationGroups> ParseAnnotations(const std::map<std::string, std::string>& entries,
                                                  std::map<std::string, std::string>* rest) {
  AnnotationGroups groups;
  for (const auto& [text, value] : entries) {
    ABSL_ASSIGN_OR_RETURN(const std::optional<AnnotationKey> key, ParseAnnotationKey(text));
    if (!key.has_value()) {
      if (rest != nullptr) rest->emplace(text, value);
      continue;
    }
    const auto [found, inserted] = (groups[key->platform].*(key->target)).emplace(key->key, value);
    if (!inserted && found->second != value) {
      return oci::InvalidInputError(absl::StrCat("annotation \"", key->key, "\" has two values: ", "\"", text,
                                                 "\" is given in another spelling as well"));
    }
  }
  return groups;
}

void MergeAnnotations(AnnotationGroups& base, const AnnotationGroups& winner) {
  for (const auto& [platform, from] : winner) {
    AnnotationGroup& to = base[platform];
    for (const Target& target : kTargets) {
      for (const auto& [key, value] : from.*(target.member)) (to.*(target.member))[key] = value;
    }
  }
}

absl::StatusOr<oci::Annotations> FlattenAnnotations(const AnnotationGroups& groups,
                                                    oci::Annotations AnnotationGroup::*target) {
  oci::Annotations flat;
  for (const auto& [platform, group] : groups) {
    for (const auto& [key, value] : group.*target) {
      const auto [found, inserted] = flat.emplace(key, value);
      if (!inserted && found->second != value) {
        return oci::InvalidInputError(absl::StrCat("index annotation \"", key,
                                                   "\" has two values: an index is not per "
                                                   "platform, but ",
                                                   platform, " asks for another one"));
      }
    }
  }
  return flat;
}

}  // namespace waybill::exporter::request
