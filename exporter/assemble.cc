// SPDX-License-Identifier: Apache-2.0
#include "exporter/assemble.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "exporter/history.h"
#include "oci/error.h"
#include "oci/json.h"
#include "oci/manifest.h"
#include "oci/media_types.h"
#include "oci/status_macros.h"

namespace waybill::exporter {
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

absl::StatusOr<std::string> ConfigOf(const ImagePlan& image) {
  ImageConfigPatch patch{.epoch = image.epoch, .inline_cache = image.inline_cache};
  for (const Layer& layer : image.layers) patch.diff_ids.push_back(layer.diff_id);
  patch.history = NormalizeHistory(image.history, image.layers);
  if (image.epoch.has_value()) {
    const std::vector<HistoryEntry> base = image.base.has_value() ? image.base->history : std::vector<HistoryEntry>();
    patch.history = ClampHistory(std::move(patch.history), base, *image.epoch);
  }
  return PatchImageConfig(image.config, patch);
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

absl::StatusOr<ManifestDocuments> AssembleImage(const Plan& plan, const ImagePlan& image) {
  absl::StatusOr<std::string> config_bytes = ConfigOf(image);
  if (!config_bytes.ok()) return oci::Annotate(config_bytes.status(), "image config");
  const bool oci = plan.rules.oci_types;
  Document config = MakeDocument(oci ? oci::kOciConfig : oci::kDockerConfig, *std::move(config_bytes));
  const oci::Manifest manifest{.media_type = std::string(oci ? oci::kOciManifest : oci::kDockerManifest),
                               .config = config.descriptor,
                               .layers = ManifestLayers(image.layers, plan.rules),
                               .annotations = image.manifest_annotations};
  Document document = MakeDocument(manifest.media_type, oci::ToIndentedJson(manifest));
  document.descriptor.annotations = image.descriptor_annotations;
  document.descriptor.platform = image.platform.platform;
  return ManifestDocuments{std::move(config), std::move(document)};
}

ManifestDocuments AssembleAttestation(bool artifact, const oci::Descriptor& subject,
                                      const std::vector<oci::Descriptor>& statements) {
  Document config = artifact ? MakeDocument(oci::kOciEmpty, std::string(oci::kEmptyJson))
                             : MakeDocument(oci::kOciConfig, LegacyConfig(statements));
  oci::Manifest manifest{
      .media_type = std::string(oci::kOciManifest), .config = config.descriptor, .layers = statements};
  if (artifact) {
    manifest.artifact_type = std::string(oci::kAttestationManifest);
    manifest.config.data = config.bytes;
    manifest.subject = Bare(subject);
  }
  Document document = MakeDocument(manifest.media_type, oci::ToIndentedJson(manifest));
  document.descriptor.annotations = {{kReferenceDigest, subject.digest.ToString()},
                                     {kReferenceType, kAttestationReference}};
  document.descriptor.platform = oci::Platform{.architecture = kUnknown, .os = kUnknown};
  return ManifestDocuments{std::move(config), std::move(document)};
}

Document AssembleIndex(const Plan& plan, const std::vector<oci::Descriptor>& manifests) {
  const oci::Index index{.media_type = std::string(plan.rules.oci_types ? oci::kOciIndex : oci::kDockerIndex),
                         .manifests = manifests,
                         .annotations = plan.index_annotations};
  return MakeDocument(index.media_type, oci::ToIndentedJson(index));
}

}  // namespace waybill::exporter
