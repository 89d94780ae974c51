// SPDX-License-Identifier: Apache-2.0
#include "exporter/documents/assemble.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "exporter/plan/history.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::exporter::documents {
namespace {

constexpr char kReferenceDigest[] = "vnd.docker.reference.digest";
constexpr char kReferenceType[] = "vnd.docker.reference.type";
constexpr char kAttestationReference[] = "attestation-manifest";
constexpr char kUnknown[] = "unknown";

Document MakeDocument(absl::string_view media_type, std::string bytes) {
  oci::Descriptor descriptor{.media_type = std::string(media_type),
                             .digest = oci::Digest::Of(bytes),
                             .size = static_cast<int64_t>(bytes.size())};
  return {std::move(descriptor), std::move(bytes)};
}

// What a document says about another one: type, digest and size alone.
oci::Descriptor Bare(const oci::Descriptor& descriptor) {
  return {.media_type = descriptor.media_type, .digest = descriptor.digest, .size = descriptor.size};
}

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

// An image config that runs nowhere, for readers that insist on one.
std::string LegacyConfig(const std::vector<oci::Descriptor>& statements) {
  oci::json::Writer writer;
  writer.BeginObject().Key("architecture").String(kUnknown).Key("os").String(kUnknown);
  writer.Key("config").BeginObject().EndObject();
  writer.Key("rootfs").BeginObject().Key("type").String("layers").Key("diff_ids");
  if (statements.empty()) {
    writer.Null();
  } else {
    writer.BeginArray();
    for (const oci::Descriptor& statement : statements) writer.String(statement.digest.ToString());
    writer.EndArray();
  }
  writer.EndObject().EndObject();
  return writer.Take();
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

ManifestDocuments AssembleAttestation(bool artifact, const oci::Descriptor& subject,
                                      const std::vector<oci::Descriptor>& statements) {
  Document config = artifact ? MakeDocument(oci::image::kOciEmpty, std::string(oci::image::kEmptyJson))
                             : MakeDocument(oci::image::kOciConfig, LegacyConfig(statements));
  oci::image::Manifest manifest{
      .media_type = std::string(oci::image::kOciManifest), .config = config.descriptor, .layers = statements};
  if (artifact) {
    manifest.artifact_type = std::string(oci::image::kAttestationManifest);
    manifest.config.data = config.bytes;
    manifest.subject = Bare(subject);
  }
  Document document = MakeDocument(manifest.media_type, oci::image::ToIndentedJson(manifest));
  document.descriptor.annotations = {{kReferenceDigest, subject.digest.ToString()},
                                     {kReferenceType, kAttestationReference}};
  document.descriptor.platform = oci::Platform{.architecture = kUnknown, .os = kUnknown};
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
