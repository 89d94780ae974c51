// SPDX-License-Identifier: Apache-2.0
#include "exporter/plan/layers.h"

#include "absl/strings/match.h"
#include "oci/image/media_types.h"

namespace waybill::exporter::plan {
namespace {

// One kind of layer in its four spellings. Docker has no non-distributable zstd type: OCI's is used.
struct LayerType {
  absl::string_view oci;
  absl::string_view docker;
  absl::string_view oci_foreign;
  absl::string_view docker_foreign;
};
constexpr LayerType kLayerTypes[] = {
    {oci::image::kOciLayer, oci::image::kDockerLayer, oci::image::kOciForeign, oci::image::kDockerForeign},
    {oci::image::kOciLayerGzip, oci::image::kDockerLayerGzip, oci::image::kOciForeignGzip,
     oci::image::kDockerForeignGzip},
    {oci::image::kOciLayerZstd, oci::image::kDockerLayerZstd, oci::image::kOciForeignZstd, oci::image::kOciForeignZstd},
};

const LayerType* FindType(absl::string_view media_type) {
  for (const LayerType& type : kLayerTypes) {
    if (media_type == type.oci || media_type == type.docker || media_type == type.oci_foreign ||
        media_type == type.docker_foreign) {
      return &type;
    }
  }
  return nullptr;
}

// BuildKit's table from distributable to non-distributable types lacks these two.
bool StaysDistributable(absl::string_view media_type) {
  return media_type == oci::image::kDockerLayerGzip || media_type == oci::image::kDockerLayerZstd;
}

bool IsInternal(absl::string_view annotation) {
  return annotation == "containerd.io/uncompressed" || annotation == "buildkit/createdat" ||
         absl::StartsWith(annotation, "containerd.io/distribution.source.");
}

}  // namespace

bool IsKnownLayerType(absl::string_view media_type) { return FindType(media_type) != nullptr; }

std::string ManifestMediaType(absl::string_view stored, bool has_urls, const LayerRules& rules) {
  const LayerType* type = FindType(stored);
  if (type == nullptr) return std::string(stored);
  const bool foreign = rules.prefer_nondistributable && has_urls && !StaysDistributable(stored);
  if (foreign) return std::string(rules.oci_types ? type->oci_foreign : type->docker_foreign);
  return std::string(rules.oci_types ? type->oci : type->docker);
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
