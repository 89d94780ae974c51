// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/solve/response.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "exporter/answers/delivery.h"
#include "exporter/request/metadata.h"
#include "exporter/request/names.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::solve {
namespace {

constexpr char kDescriptorKey[] = "containerimage.descriptor";
constexpr char kDigestKey[] = "containerimage.digest";
constexpr char kConfigKey[] = "containerimage.config.digest";
constexpr char kNameKey[] = "image.name";
constexpr char kResultsKey[] = "waybill.results";
// The oci exporter's own; the image exporter's descriptors do not have it.
constexpr char kCreated[] = "org.opencontainers.image.created";

bool WritesImage(absl::string_view type) { return type == "image" || type == "oci" || type == "docker"; }

// {"<index>": {"type": ..., "containerimage.digest": ..., "names": [...], "waybill.pushed": {...}}, ...}; an object, so
// that clients show it as JSON.
std::string ResultsJson(const std::vector<Delivered>& delivered) {
  oci::json::Writer json;
  json.BeginObject();
  for (const Delivered& image : delivered) {
    json.Key(absl::StrCat(image.exporter.index)).BeginObject();
    json.Key("type").String(request::TypeName(image.exporter.options.type));
    json.Key(kDigestKey).String(image.report.root->digest.ToString());
    json.Key(kDescriptorKey).Raw(oci::image::ToCompactJson(*image.report.root));
    json.Key("names").BeginArray();
    for (const std::string& name : image.report.names) json.String(name);
    json.EndArray();
    if (!image.report.delivery.pushed.empty())
      json.Key(answers::kPushedKey).Raw(answers::PushedJson(image.report.delivery));
    if (!image.report.delivery.reused.empty())
      json.Key(answers::kReusedKey).Raw(answers::ReusedJson(image.report.delivery));
    json.EndObject();
  }
  json.EndObject();
  return json.Take();
}

// The exporter whose answer is the one in the merged map.
const Delivered* DeliveredAt(const std::vector<Delivered>& delivered, int index) {
  for (const Delivered& image : delivered) {
    if (image.exporter.index == index) return &image;
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<oci::Descriptor> RootOf(const Response& response) {
  const auto found = response.find(kDescriptorKey);
  std::string json;
  if (found == response.end() || !absl::Base64Unescape(found->second, &json)) {
    return oci::InvalidInputError(absl::StrCat("the daemon's answer has no readable ", kDescriptorKey));
  }
  absl::StatusOr<oci::Descriptor> root = oci::image::ParseDescriptor(json);
  if (!root.ok()) return oci::Annotate(root.status(), kDescriptorKey);
  return root;
}

absl::StatusOr<std::vector<std::string>> NamesOf(const request::ExportOptions& options, const Response& response,
                                                 const oci::Descriptor& root) {
  request::Metadata metadata;
  if (const auto name = response.find(kNameKey); name != response.end()) metadata.emplace(kNameKey, name->second);
  ABSL_ASSIGN_OR_RETURN(std::vector<std::string> names, request::DestinationNames(options, metadata));
  return request::WithDanglingName(std::move(names), options, root.digest);
}

void DropLayoutAnnotations(const request::ExportOptions& options, oci::Descriptor& root) {
  for (const auto& [platform, group] : options.annotations) {
    if (oci::image::IsIndex(root.media_type) ? group.index_descriptor.contains(kCreated)
                                             : platform.empty() && group.manifest_descriptor.contains(kCreated)) {
      return;
    }
  }
  root.annotations.erase(kCreated);
}

void PatchResponse(const std::vector<std::string>& exporter_types, const std::vector<Delivered>& delivered,
                   Response& response) {
  const auto last = std::find_if(exporter_types.rbegin(), exporter_types.rend(), WritesImage);
  if (last == exporter_types.rend()) return;
  const int index = static_cast<int>(exporter_types.rend() - last) - 1;
  const Delivered* image = DeliveredAt(delivered, index);
  if (image != nullptr) {
    const bool pushed = image->exporter.kind == TakenKind::kRegistry;
    if (pushed && !image->report.names.empty()) response[kNameKey] = absl::StrJoin(image->report.names, ",");
    response[kDigestKey] = image->report.root->digest.ToString();
    response[kDescriptorKey] = absl::Base64Escape(oci::image::ToCompactJson(*image->report.root));
    // An eStargz layer that waybill made changes the config.
    const auto config = image->report.response.find(kConfigKey);
    if (config != image->report.response.end()) response[kConfigKey] = config->second;
  }
  response[kResultsKey] = absl::Base64Escape(ResultsJson(delivered));
}

}  // namespace waybill::exporter::bridge::solve
