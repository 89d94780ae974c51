// SPDX-License-Identifier: Apache-2.0
#include "exporter/plan/image_config.h"

#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"
#include "oci/time.h"

namespace waybill::exporter::plan {
namespace {

namespace json = oci::json;

constexpr absl::string_view kInlineCacheField = "moby.buildkit.cache.v0";
constexpr absl::string_view kDefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// Last duplicate wins; keys are told apart by case.
using RawFields = std::map<std::string, std::string>;

absl::StatusOr<std::vector<std::string>> DecodeStrings(absl::string_view raw) {
  std::vector<std::string> texts;
  if (raw.empty()) return texts;
  ABSL_ASSIGN_OR_RETURN(const std::vector<absl::string_view> elements, json::Elements(raw));
  for (const absl::string_view element : elements) {
    ABSL_ASSIGN_OR_RETURN(std::string text, json::DecodeString(element));
    texts.push_back(std::move(text));
  }
  return texts;
}

absl::StatusOr<BaseConfig> ParseBase(absl::string_view raw) {
  BaseConfig base;
  ABSL_RETURN_IF_ERROR(json::Validate(raw));
  ABSL_ASSIGN_OR_RETURN(const json::Fields fields, json::Fields::Parse(raw));
  ABSL_ASSIGN_OR_RETURN(base.history, ParseHistory(fields.Find("history")));
  if (const absl::string_view rootfs = fields.Find("rootfs"); !rootfs.empty()) {
    ABSL_ASSIGN_OR_RETURN(const json::Fields inner, json::Fields::Parse(rootfs));
    ABSL_ASSIGN_OR_RETURN(base.diff_ids, DecodeStrings(inner.Find("diff_ids")));
  }
  return base;
}

absl::StatusOr<RawFields> TopLevel(absl::string_view config) {
  ABSL_RETURN_IF_ERROR(json::Validate(config));
  if (json::KindOf(config) == json::Kind::kNull) {
    return oci::InvalidInputError("invalid null image config for export");
  }
  ABSL_ASSIGN_OR_RETURN(const oci::Platform platform, ParsePlatformFields(config));
  if (platform.os.empty()) return oci::InvalidInputError("invalid image config for export: missing os");
  if (platform.architecture.empty()) {
    return oci::InvalidInputError("invalid image config for export: missing architecture");
  }
  ABSL_ASSIGN_OR_RETURN(const std::vector<json::Member> members, json::Members(config));
  RawFields fields;
  for (const json::Member& member : members) {
    ABSL_ASSIGN_OR_RETURN(fields[member.key], json::Compact(member.value));
  }
  return fields;
}

std::string RootFs(const std::vector<oci::Digest>& diff_ids) {
  json::Writer writer;
  writer.BeginObject().Key("type").String("layers").Key("diff_ids");
  if (diff_ids.empty()) {
    writer.Null();
  } else {
    writer.BeginArray();
    for (const oci::Digest& diff_id : diff_ids) writer.String(diff_id.ToString());
    writer.EndArray();
  }
  writer.EndObject();
  return writer.Take();
}

std::string LastCreated(const std::vector<HistoryEntry>& history) {
  for (auto entry = history.rbegin(); entry != history.rend(); ++entry) {
    if (entry->created.has_value()) return json::Quote(oci::FormatTimestamp(*entry->created));
  }
  return "null";
}

absl::Status PatchCreated(RawFields& fields, const ImageConfigPatch& patch) {
  const auto found = fields.find("created");
  if (found == fields.end()) {
    fields["created"] = LastCreated(patch.history);
    return absl::OkStatus();
  }
  if (!patch.epoch.has_value() || found->second == "null") return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const std::string text, json::DecodeString(found->second));
  ABSL_ASSIGN_OR_RETURN(const oci::Timestamp created, oci::ParseTimestamp(text));
  if (created.time > *patch.epoch) {
    found->second = json::Quote(oci::FormatTimestamp({.time = *patch.epoch}));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<oci::Platform> ParsePlatformFields(absl::string_view raw) {
  struct Field {
    absl::string_view name;
    std::string oci::Platform::*member;
  };
  constexpr Field kFields[] = {{"architecture", &oci::Platform::architecture},
                               {"os", &oci::Platform::os},
                               {"os.version", &oci::Platform::os_version},
                               {"variant", &oci::Platform::variant}};
  ABSL_RETURN_IF_ERROR(json::Validate(raw));
  ABSL_ASSIGN_OR_RETURN(const json::Fields fields, json::Fields::Parse(raw));
  oci::Platform platform;
  for (const Field& field : kFields) {
    const absl::string_view value = fields.Find(field.name);
    if (value.empty()) continue;
    absl::StatusOr<std::string> text = json::DecodeString(value);
    if (!text.ok()) return oci::Annotate(text.status(), field.name);
    platform.*(field.member) = *std::move(text);
  }
  absl::StatusOr<std::vector<std::string>> features = DecodeStrings(fields.Find("os.features"));
  if (!features.ok()) return oci::Annotate(features.status(), "os.features");
  platform.os_features = *std::move(features);
  return platform;
}

std::string DefaultImageConfig(const oci::Platform& platform) {
  json::Writer writer;
  writer.BeginObject().Key("architecture").String(platform.architecture).Key("os").String(platform.os);
  if (!platform.os_version.empty()) writer.Key("os.version").String(platform.os_version);
  if (!platform.os_features.empty()) {
    writer.Key("os.features").BeginArray();
    for (const std::string& feature : platform.os_features) writer.String(feature);
    writer.EndArray();
  }
  if (!platform.variant.empty()) writer.Key("variant").String(platform.variant);
  writer.Key("config").BeginObject();
  if (platform.os != "windows") writer.Key("Env").BeginArray().String(kDefaultPath).EndArray();
  writer.Key("WorkingDir").String("/").EndObject();
  writer.Key("rootfs").Raw(RootFs({})).EndObject();
  return writer.Take();
}

absl::StatusOr<BaseConfig> ParseBaseConfig(absl::string_view raw) {
  absl::StatusOr<BaseConfig> base = ParseBase(raw);
  if (!base.ok()) return oci::Annotate(base.status(), "failed to unmarshal base image config");
  return base;
}

absl::StatusOr<std::vector<HistoryEntry>> HistoryOf(absl::string_view config) {
  ABSL_RETURN_IF_ERROR(json::Validate(config));
  ABSL_ASSIGN_OR_RETURN(const json::Fields fields, json::Fields::Parse(config));
  return ParseHistory(fields.Find("history"));
}

absl::StatusOr<std::string> PatchImageConfig(absl::string_view config, const ImageConfigPatch& patch) {
  ABSL_ASSIGN_OR_RETURN(RawFields fields, TopLevel(config));
  fields["rootfs"] = RootFs(patch.diff_ids);
  json::Writer history;
  WriteHistory(history, patch.history);
  fields["history"] = history.Take();
  if (const absl::Status status = PatchCreated(fields, patch); !status.ok()) return oci::Annotate(status, "created");
  if (patch.inline_cache.has_value()) {
    fields[std::string(kInlineCacheField)] = json::Quote(absl::Base64Escape(*patch.inline_cache));
  }
  json::Writer writer;
  writer.BeginObject();
  for (const auto& [key, value] : fields) writer.Key(key).Raw(value);
  writer.EndObject();
  return writer.Take();
}

}  // namespace waybill::exporter::plan
