// SPDX-License-Identifier: Apache-2.0
#include "attest/reader/testing/images.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/image/document.h"
#include "oci/image/media_types.h"

namespace waybill::attest::reader::testing {

oci::Descriptor AddManifest(MemoryPlace& place, const oci::image::Manifest& manifest) {
  return place.Add(oci::image::kOciManifest, oci::image::ToIndentedJson(manifest));
}

oci::Descriptor AddIndex(MemoryPlace& place, std::vector<oci::Descriptor> manifests) {
  return place.Add(oci::image::kOciIndex,
                   oci::image::ToIndentedJson(oci::image::Index{.media_type = std::string(oci::image::kOciIndex),
                                                                .manifests = std::move(manifests)}));
}

oci::Descriptor AddImage(MemoryPlace& place, const std::string& architecture) {
  const oci::Descriptor config = place.Add(
      oci::image::kOciConfig, absl::StrCat(R"({"architecture":")", architecture, R"(","os":"linux","rootfs":{}})"));
  oci::Descriptor image =
      AddManifest(place, {.media_type = std::string(oci::image::kOciManifest),
                          .config = config,
                          .layers = {place.Add(oci::image::kOciLayerGzip, "layer of " + architecture)}});
  image.platform = oci::Platform{.architecture = architecture, .os = "linux"};
  return image;
}

oci::Descriptor AddStatement(MemoryPlace& place, const oci::Descriptor& image, const std::string& predicate_type) {
  oci::Descriptor statement =
      place.Add(oci::image::kInToto,
                absl::StrCat(R"({"_type":"https://in-toto.io/Statement/v1","predicateType":")", predicate_type,
                             R"(","subject":[{"name":"pkg:docker/app","digest":{"sha256":")", image.digest.hex(),
                             R"("}}],"predicate":{"of":")", image.digest.hex(), R"("}})"));
  statement.annotations = StatementAnnotations(predicate_type);
  return statement;
}

oci::Descriptor AddAttestation(MemoryPlace& place, AttestationForm form, const oci::Descriptor& image,
                               const std::vector<oci::Descriptor>& statements) {
  oci::image::ManifestDocuments documents = MakeManifest(form, image, statements);
  place.Add(documents.config.descriptor.media_type, std::move(documents.config.bytes));
  place.Add(documents.manifest.descriptor.media_type, std::move(documents.manifest.bytes));
  return documents.manifest.descriptor;
}

oci::Descriptor AddArtifact(MemoryPlace& place, const oci::Descriptor& subject, const std::string& type,
                            std::string bytes) {
  oci::Descriptor artifact = AddManifest(
      place,
      {.media_type = std::string(oci::image::kOciManifest),
       .artifact_type = type,
       .config = place.Add(oci::image::kOciEmpty, std::string(oci::image::kEmptyJson)),
       .layers = {place.Add(type, std::move(bytes))},
       .subject = oci::Descriptor{.media_type = subject.media_type, .digest = subject.digest, .size = subject.size}});
  artifact.artifact_type = type;
  place.List(subject.digest, artifact);
  return artifact;
}

}  // namespace waybill::attest::reader::testing
