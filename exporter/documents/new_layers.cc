// SPDX-License-Identifier: Apache-2.0
#include "exporter/documents/new_layers.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/json/edit.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::exporter::documents {
namespace {

// Of a layer's descriptor in a manifest (json/edit.h).
constexpr size_t kInLayer = 3;
constexpr absl::string_view kLayerId = "layerID: sha256:";
constexpr size_t kHexDigits = 64;
constexpr size_t kLongestName = kLayerId.size() + kHexDigits;

std::string AnnotationsJson(const oci::Annotations& annotations) {
  oci::json::Writer json;
  json.BeginObject();
  for (const auto& [key, value] : annotations) json.Key(key).String(value);
  json.EndObject();
  return json.Take();
}

absl::StatusOr<std::string> WithDescriptor(std::string layer, const oci::Descriptor& descriptor) {
  const std::pair<absl::string_view, std::string> fields[] = {
      {"mediaType", oci::json::Quote(descriptor.media_type)},
      {"digest", oci::json::Quote(descriptor.digest.ToString())},
      {"size", absl::StrCat(descriptor.size)},
  };
  for (const auto& [name, value] : fields) {
    ABSL_ASSIGN_OR_RETURN(layer, oci::json::WithMember(layer, name, value, {"size"}, kInLayer));
  }
  if (descriptor.urls.empty()) {
    ABSL_ASSIGN_OR_RETURN(layer, oci::json::WithoutMember(layer, "urls"));
  }
  // Set anew, because only what is added is laid out as the rest of the layer.
  ABSL_ASSIGN_OR_RETURN(layer, oci::json::WithoutMember(layer, "annotations"));
  if (descriptor.annotations.empty()) return layer;
  return oci::json::WithMember(layer, "annotations", AnnotationsJson(descriptor.annotations), {"urls", "size"},
                               kInLayer);
}

absl::StatusOr<std::vector<absl::string_view>> RawDiffIds(absl::string_view config) {
  ABSL_ASSIGN_OR_RETURN(const oci::json::Fields fields, oci::json::Fields::Parse(config));
  ABSL_ASSIGN_OR_RETURN(const oci::json::Fields rootfs, oci::json::Fields::Parse(fields.Find("rootfs")));
  return oci::json::Elements(rootfs.Find("diff_ids"));
}

void ReplaceAll(std::string& text, absl::string_view from, absl::string_view to) {
  for (size_t at = text.find(from.data(), 0, from.size()); at != std::string::npos;
       at = text.find(from.data(), at + from.size(), from.size())) {
    text.replace(at, from.size(), to.data(), to.size());
  }
}

}  // namespace

absl::StatusOr<std::string> WithLayers(absl::string_view manifest, const std::vector<oci::Descriptor>& layers) {
  ABSL_ASSIGN_OR_RETURN(const oci::image::Manifest parsed, oci::image::ParseManifest(manifest));
  ABSL_ASSIGN_OR_RETURN(const oci::json::Fields fields, oci::json::Fields::Parse(manifest));
  ABSL_ASSIGN_OR_RETURN(const std::vector<absl::string_view> elements, oci::json::Elements(fields.Find("layers")));
  if (elements.size() != layers.size() || parsed.layers.size() != layers.size()) {
    return oci::InvalidInputError(absl::StrCat("a manifest of ", elements.size(), " layers gets ", layers.size()));
  }
  std::vector<oci::json::Splice> splices;
  for (size_t i = 0; i < layers.size(); ++i) {
    if (parsed.layers[i].digest == layers[i].digest) continue;
    absl::StatusOr<std::string> element = WithDescriptor(std::string(elements[i]), layers[i]);
    if (!element.ok()) return oci::Annotate(element.status(), absl::StrCat("layers[", i, "]"));
    splices.push_back({elements[i], *std::move(element)});
  }
  return oci::json::Spliced(manifest, splices);
}

absl::StatusOr<std::vector<oci::Digest>> DiffIdsOf(absl::string_view config) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<absl::string_view> raw, RawDiffIds(config));
  std::vector<oci::Digest> diff_ids;
  for (absl::string_view element : raw) {
    ABSL_ASSIGN_OR_RETURN(const std::string text, oci::json::DecodeString(element));
    ABSL_ASSIGN_OR_RETURN(oci::Digest digest, oci::Digest::Parse(text));
    diff_ids.push_back(std::move(digest));
  }
  return diff_ids;
}

absl::StatusOr<std::string> WithDiffIds(absl::string_view config, const std::vector<oci::Digest>& diff_ids) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<absl::string_view> raw, RawDiffIds(config));
  if (raw.size() != diff_ids.size()) {
    return oci::InvalidInputError(absl::StrCat("a config of ", raw.size(), " layers gets ", diff_ids.size()));
  }
  std::vector<oci::json::Splice> splices;
  for (size_t i = 0; i < raw.size(); ++i) {
    splices.push_back({raw[i], oci::json::Quote(diff_ids[i].ToString())});
  }
  return oci::json::Spliced(config, splices);
}

std::string WithDigests(absl::string_view document, const NewDigests& digests) {
  std::string text(document);
  for (const auto& [from, to] : digests) ReplaceAll(text, from.hex(), to.hex());
  return text;
}

void StatementWriter::Replace() {
  for (const auto& [from, to] : manifests_) ReplaceAll(held_, from.hex(), to.hex());
  for (size_t at = held_.find(kLayerId.data(), 0, kLayerId.size());
       at != std::string::npos && at + kLongestName <= held_.size();
       at = held_.find(kLayerId.data(), at + kLayerId.size(), kLayerId.size())) {
    const absl::StatusOr<oci::Digest> digest =
        oci::Digest::Parse(absl::StrCat("sha256:", held_.substr(at + kLayerId.size(), kHexDigits)));
    const auto found = digest.ok() ? layers_.find(*digest) : layers_.end();
    if (found == layers_.end()) continue;
    const absl::string_view hex = found->second.hex();
    held_.replace(at + kLayerId.size(), kHexDigits, hex.data(), hex.size());
  }
}

absl::Status StatementWriter::Write(absl::string_view bytes) {
  absl::StrAppend(&held_, bytes);
  Replace();
  if (held_.size() < kLongestName) return absl::OkStatus();
  // The end may be the beginning of a name. A name that is replaced is never found again.
  const size_t passes = held_.size() - (kLongestName - 1);
  ABSL_RETURN_IF_ERROR(to_.Write(absl::string_view(held_).substr(0, passes)));
  held_.erase(0, passes);
  return absl::OkStatus();
}

absl::Status StatementWriter::Close() {
  ABSL_RETURN_IF_ERROR(to_.Write(held_));
  held_.clear();
  return absl::OkStatus();
}

}  // namespace waybill::exporter::documents
