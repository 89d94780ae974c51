// SPDX-License-Identifier: Apache-2.0
#include "attest/publish/artifact.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "attest/consumer_words.h"
#include "attest/predicate_types.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"

namespace waybill::attest::publish {
namespace {

// No predicate type is agreed on for SARIF: statements name one of the schemas that SARIF files name.
bool IsSarif(absl::string_view predicate_type) {
  for (const absl::string_view schema : {"https://docs.oasis-open.org/sarif/", "https://json.schemastore.org/sarif-",
                                         "https://www.schemastore.org/sarif-"}) {
    if (absl::StartsWith(predicate_type, schema)) return true;
  }
  return false;
}

}  // namespace

oci::image::ManifestDocuments MakeArtifact(const oci::Descriptor& subject, const oci::Descriptor& blob,
                                           const oci::Annotations& annotations) {
  oci::image::Document config = oci::image::MakeDocument(oci::image::kOciEmpty, std::string(oci::image::kEmptyJson));
  // Subjects have type, digest and size alone.
  const oci::image::Manifest manifest{
      .media_type = std::string(oci::image::kOciManifest),
      .artifact_type = blob.media_type,
      .config = config.descriptor,
      .layers = {blob},
      .subject = oci::Descriptor{.media_type = subject.media_type, .digest = subject.digest, .size = subject.size},
      .annotations = annotations};
  oci::image::Document document = oci::image::MakeDocument(manifest.media_type, oci::image::ToIndentedJson(manifest));
  document.descriptor.artifact_type = manifest.artifact_type;
  document.descriptor.annotations = manifest.annotations;
  return {std::move(config), std::move(document)};
}

oci::Annotations BundleAnnotations(absl::string_view predicate_type) {
  return {{"dev.sigstore.bundle.content", "dsse-envelope"},
          {"dev.sigstore.bundle.predicateType", std::string(predicate_type)}};
}

absl::string_view DocumentType(absl::string_view predicate_type) {
  const absl::string_view alias = AliasOfType(predicate_type);
  if (alias == "spdx") return kSpdxDocument;
  if (alias == "cyclonedx") return kCycloneDxDocument;
  return IsSarif(predicate_type) ? kSarifDocument : absl::string_view();
}

}  // namespace waybill::attest::publish
