// SPDX-License-Identifier: Apache-2.0
#include "exporter/documents/assemble.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "exporter/plan/history.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/status_macros.h"

namespace waybill::exporter::documents {
namespace {

using oci::image::MakeDocument;

absl::StatusOr<std::string> ConfigOf(const plan::ImagePlan& image) {
  plan::ImageConfigPatch patch{.epoch = image.epoch, .inline_cache = image.inline_cache};
  for (const request::Layer& layer : image.layers) patch.diff_ids.push_back(layer.diff_id);
  patch.history = plan::NormalizeHistory(image.history, image.layers);
  if (image.epoch.has_value()) {
    const std::vector<plan::HistoryEntry> base =
        image.base.has_value() ? image.base->history : std::vector<plan::HistoryEntry>();
    patch.history = plan::ClampHistory(std::move(patch.history), base, *image.epoch);
  }
  return plan::PatchImageConfig(image.config, patch);
}

}  // namespace

absl::StatusOr<ManifestDocuments> AssembleImage(const plan::Plan& plan, const plan::ImagePlan& image) {
  absl::StatusOr<std::string> config_bytes = ConfigOf(image);
  if (!config_bytes.ok()) return oci::Annotate(config_bytes.status(), "image config");
  const bool oci = plan.rules.oci_types;
  Document config = MakeDocument(oci ? oci::image::kOciConfig : oci::image::kDockerConfig, *std::move(config_bytes));
  const oci::image::Manifest manifest{
      .media_type = std::string(oci ? oci::image::kOciManifest : oci::image::kDockerManifest),
      .config = config.descriptor,
      .layers = plan::ManifestLayers(image.layers, plan.rules),
      .annotations = image.manifest_annotations};
  Document document = MakeDocument(manifest.media_type, oci::image::ToIndentedJson(manifest));
  document.descriptor.annotations = image.descriptor_annotations;
  document.descriptor.platform = image.platform.platform;
  return ManifestDocuments{std::move(config), std::move(document)};
}

Document AssembleIndex(const plan::Plan& plan, const std::vector<oci::Descriptor>& manifests) {
  const oci::image::Index index{
      .media_type = std::string(plan.rules.oci_types ? oci::image::kOciIndex : oci::image::kDockerIndex),
      .manifests = manifests,
      .annotations = plan.index_annotations};
  return MakeDocument(index.media_type, oci::image::ToIndentedJson(index));
}

}  // namespace waybill::exporter::documents
