// SPDX-License-Identifier: Apache-2.0
#include "exporter/answers/response.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"
#include "oci/image/manifest.h"
#include "oci/json/json.h"
#include "oci/time.h"

namespace waybill::exporter::answers {
namespace {

namespace json = oci::json;

constexpr char kCreated[] = "org.opencontainers.image.created";

// The object inside `value`, compact; empty when there is none.
std::string InlinedObject(absl::string_view value) {
  std::string decoded;
  if (value.size() % 4 != 0 || !absl::Base64Unescape(value, &decoded)) return "";
  if (!json::Validate(decoded).ok() || json::KindOf(decoded) != json::Kind::kObject) return "";
  const absl::StatusOr<std::string> compact = json::Compact(decoded);
  return compact.ok() && *compact != "{}" ? *compact : "";
}

}  // namespace

oci::Descriptor RootDescriptor(const plan::Plan& plan, request::ExporterType type, oci::Descriptor root,
                               absl::Time now) {
  root.annotations = plan.root_annotations;
  if (type != request::ExporterType::kImage) {
    const absl::Time seconds = absl::FromUnixSeconds(absl::ToUnixSeconds(plan.epoch.value_or(now)));
    root.annotations.emplace(kCreated, oci::FormatTimestamp({.time = seconds}));
  }
  return root;
}

std::map<std::string, std::string> MakeResponse(const oci::Descriptor& root, const std::optional<oci::Digest>& config,
                                                const std::vector<std::string>& names, const Delivery& delivery) {
  std::map<std::string, std::string> response;
  response["containerimage.digest"] = root.digest.ToString();
  response["containerimage.descriptor"] = absl::Base64Escape(oci::image::ToCompactJson(root));
  if (config.has_value()) response["containerimage.config.digest"] = config->ToString();
  if (!names.empty()) response["image.name"] = absl::StrJoin(names, ",");
  if (!delivery.pushed.empty()) response[std::string(kPushedKey)] = absl::Base64Escape(PushedJson(delivery));
  if (!delivery.reused.empty()) response[std::string(kReusedKey)] = absl::Base64Escape(ReusedJson(delivery));
  return response;
}

std::string MetadataFile(const std::map<std::string, std::string>& response) {
  json::Writer writer;
  writer.BeginObject();
  for (const auto& [key, value] : response) {
    const std::string object = InlinedObject(value);
    if (object.empty()) {
      writer.Key(key).String(value);
    } else {
      writer.Key(key).Raw(object);
    }
  }
  writer.EndObject();
  return json::Indent(writer.Take());
}

}  // namespace waybill::exporter::answers
