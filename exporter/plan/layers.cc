// SPDX-License-Identifier: Apache-2.0
#include "exporter/plan/layers.h"

#include <optional>

#include "absl/strings/match.h"
#include "oci/image/layer_type.h"

namespace waybill::exporter::plan {
namespace {

using oci::image::LayerCompression;
using oci::image::LayerFamily;
using oci::image::LayerType;

// BuildKit's table from distributable to non-distributable types lacks two of Docker's.
bool StaysDistributable(const LayerType& type) {
  return type.family == LayerFamily::kDocker && type.distributable && type.compression != LayerCompression::kNone;
}

bool IsInternal(absl::string_view annotation) {
  return annotation == "containerd.io/uncompressed" || annotation == "buildkit/createdat" ||
         absl::StartsWith(annotation, "containerd.io/distribution.source.");
}

}  // namespace

bool IsKnownLayerType(absl::string_view media_type) { return LayerType::Parse(media_type).has_value(); }

std::string ManifestMediaType(absl::string_view stored, bool has_urls, const LayerRules& rules) {
  std::optional<LayerType> type = LayerType::Parse(stored);
  if (!type.has_value()) return std::string(stored);
  type->distributable = !rules.prefer_nondistributable || !has_urls || StaysDistributable(*type);
  type->family = rules.oci_types ? LayerFamily::kOci : LayerFamily::kDocker;
  return std::string(type->MediaType());
}

std::vector<oci::Descriptor> ManifestLayers(const std::vector<request::Layer>& layers, const LayerRules& rules) {
  std::vector<oci::Descriptor> descriptors;
  for (const request::Layer& layer : layers) {
    const oci::Descriptor& blob = layer.blob;
    oci::Descriptor descriptor{.media_type = ManifestMediaType(blob.media_type, !blob.urls.empty(), rules),
                               .digest = blob.digest,
                               .size = blob.size};
    if (rules.prefer_nondistributable) descriptor.urls = blob.urls;
    if (rules.oci_types) {
      for (const auto& [key, value] : blob.annotations) {
        if (!IsInternal(key)) descriptor.annotations.emplace(key, value);
      }
    }
    descriptors.push_back(std::move(descriptor));
  }
  return descriptors;
}

}  // namespace waybill::exporter::plan
