// SPDX-License-Identifier: Apache-2.0
#include "attest/manifest.h"

#include "gtest/gtest.h"
#include "oci/image/manifest.h"

namespace waybill::attest {
namespace {

// Digests of documents that a buildkitd wrote (testdata/golden/cases/gw-nil-ref and gw-multi-platforms).
oci::Descriptor Statement(const char* digest, int64_t size) {
  return {.media_type = "application/vnd.in-toto+json",
          .digest = *oci::Digest::Parse(digest),
          .size = size,
          .annotations = {{"in-toto.io/predicate-type", "https://example.com/p"}}};
}

oci::Descriptor ImageManifest() {
  return {.media_type = "application/vnd.oci.image.manifest.v1+json",
          .digest = *oci::Digest::Parse("sha256:cde7b948e75f5b13effd8121e61901431fc323499f3847268bbb4ebcd03092a7"),
          .size = 664,
          .annotations = {{"not", "copied"}}};
}

TEST(AttestationManifestTest, ArtifactFormIsBuildKits) {
  const oci::image::ManifestDocuments documents =
      MakeManifest(AttestationForm::kArtifact, ImageManifest(),
                   {Statement("sha256:3dcad7681fcbaa02987269b703c67e525c91cdcfd328c8bb839008346dfc2068", 116)});
  EXPECT_EQ(documents.config.bytes, "{}");
  EXPECT_EQ(documents.manifest.bytes, R"({
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.manifest.v1+json",
  "artifactType": "application/vnd.docker.attestation.manifest.v1+json",
  "config": {
    "mediaType": "application/vnd.oci.empty.v1+json",
    "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    "size": 2,
    "data": "e30="
  },
  "layers": [
    {
      "mediaType": "application/vnd.in-toto+json",
      "digest": "sha256:3dcad7681fcbaa02987269b703c67e525c91cdcfd328c8bb839008346dfc2068",
      "size": 116,
      "annotations": {
        "in-toto.io/predicate-type": "https://example.com/p"
      }
    }
  ],
  "subject": {
    "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "digest": "sha256:cde7b948e75f5b13effd8121e61901431fc323499f3847268bbb4ebcd03092a7",
    "size": 664
  }
})");
  const oci::Descriptor& entry = documents.manifest.descriptor;
  EXPECT_EQ(entry.annotations,
            (oci::Annotations{{"vnd.docker.reference.digest",
                               "sha256:cde7b948e75f5b13effd8121e61901431fc323499f3847268bbb4ebcd03092a7"},
                              {"vnd.docker.reference.type", "attestation-manifest"}}));
  EXPECT_EQ(entry.platform, (oci::Platform{.architecture = "unknown", .os = "unknown"}));
  EXPECT_TRUE(entry.artifact_type.empty());
}

TEST(AttestationManifestTest, LegacyFormHasAFakeImageConfig) {
  const char* const digest = "sha256:3dcad7681fcbaa02987269b703c67e525c91cdcfd328c8bb839008346dfc2068";
  const oci::image::ManifestDocuments documents =
      MakeManifest(AttestationForm::kLegacy, ImageManifest(), {Statement(digest, 116)});
  EXPECT_EQ(documents.config.descriptor.media_type, "application/vnd.oci.image.config.v1+json");
  EXPECT_EQ(documents.config.bytes,
            R"({"architecture":"unknown","os":"unknown","config":{},"rootfs":{"type":"layers","diff_ids":)"
            R"(["sha256:3dcad7681fcbaa02987269b703c67e525c91cdcfd328c8bb839008346dfc2068"]}})");
  EXPECT_EQ(documents.manifest.bytes.find("subject"), std::string::npos);
  EXPECT_EQ(documents.manifest.bytes.find("artifactType"), std::string::npos);
  EXPECT_EQ(MakeManifest(AttestationForm::kLegacy, ImageManifest(), {}).config.bytes,
            R"({"architecture":"unknown","os":"unknown","config":{},"rootfs":{"type":"layers","diff_ids":null}})");
}

// Both forms lead back to the image and the statements; a manifest with another artifact type does not.
TEST(AttestationManifestTest, TakesApartWhatItMakes) {
  const std::vector<oci::Descriptor> statements = {
      Statement("sha256:3dcad7681fcbaa02987269b703c67e525c91cdcfd328c8bb839008346dfc2068", 116)};
  for (const AttestationForm form : {AttestationForm::kArtifact, AttestationForm::kLegacy}) {
    const oci::image::Document document = MakeManifest(form, ImageManifest(), statements).manifest;
    oci::image::Manifest manifest = *oci::image::ParseManifest(document.bytes);
    const std::optional<AttestationManifest> parts = TakeApart(document.descriptor, manifest);
    ASSERT_TRUE(parts.has_value());
    EXPECT_EQ(parts->form, form);
    EXPECT_EQ(parts->image, ImageManifest().digest);
    EXPECT_EQ(parts->statements, statements);
    EXPECT_EQ(parts->descriptor, document.descriptor);
    EXPECT_EQ(PredicateTypeOf(parts->statements[0]), "https://example.com/p");
    // Without the entry's annotations only the artifact form tells.
    oci::Descriptor bare = document.descriptor;
    bare.annotations.clear();
    EXPECT_EQ(TakeApart(bare, manifest).has_value(), form == AttestationForm::kArtifact);
    manifest.artifact_type = "application/spdx+json";
    EXPECT_FALSE(TakeApart(bare, manifest).has_value());
  }
}

TEST(AttestationManifestTest, AStatementWithoutItsType) {
  EXPECT_EQ(PredicateTypeOf({.digest = oci::Digest::Of("statement")}), "");
  EXPECT_EQ(StatementAnnotations("urn:x"), (oci::Annotations{{"in-toto.io/predicate-type", "urn:x"}}));
}

}  // namespace
}  // namespace waybill::attest
