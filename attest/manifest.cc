// SPDX-License-Identifier: Apache-2.0
#include "attest/manifest.h"

#include <algorithm>
#include <utility>

#include "oci/image/attestation.h"
#include "oci/image/media_types.h"
#include "oci/json/json.h"
#include "oci/platform.h"

namespace waybill::attest {
namespace {

constexpr char kUnknown[] = "unknown";

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

oci::image::ManifestDocuments MakeManifest(AttestationForm form, const oci::Descriptor& subject,
                                           const std::vector<oci::Descriptor>& statements) {
  using oci::image::MakeDocument;
  const bool artifact = form == AttestationForm::kArtifact;
  oci::image::Document config = artifact ? MakeDocument(oci::image::kOciEmpty, std::string(oci::image::kEmptyJson))
                                         : MakeDocument(oci::image::kOciConfig, LegacyConfig(statements));
  oci::image::Manifest manifest{
      .media_type = std::string(oci::image::kOciManifest), .config = config.descriptor, .layers = statements};
  if (artifact) {
    manifest.artifact_type = std::string(oci::image::kAttestationManifest);
    manifest.config.data = config.bytes;
    // Type, digest and size alone.
    manifest.subject =
        oci::Descriptor{.media_type = subject.media_type, .digest = subject.digest, .size = subject.size};
  }
  oci::image::Document document = MakeDocument(manifest.media_type, oci::image::ToIndentedJson(manifest));
  document.descriptor.annotations = oci::image::AttestationAnnotations(subject.digest);
  document.descriptor.platform = oci::Platform{.architecture = kUnknown, .os = kUnknown};
  return {std::move(config), std::move(document)};
}

oci::Annotations StatementAnnotations(absl::string_view predicate_type) {
  return {{std::string(oci::image::kPredicateType), std::string(predicate_type)}};
}

std::string PredicateTypeOf(const oci::Descriptor& statement) {
  const auto found = statement.annotations.find(std::string(oci::image::kPredicateType));
  return found == statement.annotations.end() ? "" : found->second;
}

bool IsImage(const oci::image::Manifest& manifest) {
  const bool has_config =
      manifest.config.media_type == oci::image::kOciConfig || manifest.config.media_type == oci::image::kDockerConfig;
  const auto is_statement = [](const oci::Descriptor& layer) { return layer.media_type == oci::image::kInToto; };
  return has_config &&
         (manifest.layers.empty() || !std::all_of(manifest.layers.begin(), manifest.layers.end(), is_statement));
}

std::optional<AttestationManifest> TakeApart(const oci::Descriptor& entry, const oci::image::Manifest& manifest) {
  std::optional<oci::image::AttestationMark> mark = oci::image::FindAttestationMark(entry, manifest);
  if (!mark.has_value()) return std::nullopt;
  return AttestationManifest{
      .descriptor = entry,
      .form = manifest.artifact_type.empty() ? AttestationForm::kLegacy : AttestationForm::kArtifact,
      .image = std::move(mark->image),
      .statements = manifest.layers,
      .annotations = manifest.annotations};
}

}  // namespace waybill::attest
