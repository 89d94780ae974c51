// SPDX-License-Identifier: Apache-2.0
#include "exporter/documents/assemble.h"

#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::documents {
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

TEST(AssembleTest, AnEmptyImageIsBuildKits) {
  const plan::ImagePlan image{
      .config = R"({"architecture":"amd64","os":"linux","config":{"Env":["PATH=/bin"],"WorkingDir":"/"}})",
      .epoch = absl::FromUnixSeconds(1700000000)};
  const absl::StatusOr<ManifestDocuments> documents = AssembleImage({}, image);
  ASSERT_EQ(documents.status(), absl::OkStatus());
  EXPECT_EQ(documents->config.descriptor.digest.ToString(),
            "sha256:270a1d1d009a3ec80ab35acdc58380c7b3923774b26382f10cafa148daf3e22f");
  EXPECT_EQ(documents->manifest.bytes, R"({
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.manifest.v1+json",
  "config": {
    "mediaType": "application/vnd.oci.image.config.v1+json",
    "digest": "sha256:270a1d1d009a3ec80ab35acdc58380c7b3923774b26382f10cafa148daf3e22f",
    "size": 158
  },
  "layers": null
})");
}

TEST(AssembleTest, ArtifactFormIsBuildKits) {
  const ManifestDocuments documents =
      AssembleAttestation(true, ImageManifest(),
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

TEST(AssembleTest, LegacyFormHasAFakeImageConfig) {
  const char* const digest = "sha256:3dcad7681fcbaa02987269b703c67e525c91cdcfd328c8bb839008346dfc2068";
  const ManifestDocuments documents = AssembleAttestation(false, ImageManifest(), {Statement(digest, 116)});
  EXPECT_EQ(documents.config.descriptor.media_type, "application/vnd.oci.image.config.v1+json");
  EXPECT_EQ(documents.config.bytes,
            R"({"architecture":"unknown","os":"unknown","config":{},"rootfs":{"type":"layers","diff_ids":)"
            R"(["sha256:3dcad7681fcbaa02987269b703c67e525c91cdcfd328c8bb839008346dfc2068"]}})");
  EXPECT_EQ(documents.manifest.bytes.find("subject"), std::string::npos);
  EXPECT_EQ(documents.manifest.bytes.find("artifactType"), std::string::npos);
  EXPECT_EQ(AssembleAttestation(false, ImageManifest(), {}).config.bytes,
            R"({"architecture":"unknown","os":"unknown","config":{},"rootfs":{"type":"layers","diff_ids":null}})");
}

TEST(AssembleTest, DockerTypes) {
  const plan::ImagePlan image{.config = R"({"architecture":"amd64","os":"linux"})"};
  const plan::Plan plan{.rules = {.oci_types = false}};
  const ManifestDocuments documents = *AssembleImage(plan, image);
  EXPECT_EQ(documents.config.descriptor.media_type, "application/vnd.docker.container.image.v1+json");
  EXPECT_EQ(documents.manifest.descriptor.media_type, "application/vnd.docker.distribution.manifest.v2+json");
  EXPECT_EQ(AssembleIndex(plan, {documents.manifest.descriptor}).descriptor.media_type,
            "application/vnd.docker.distribution.manifest.list.v2+json");
}

TEST(AssembleTest, AConfigThatIsNoneIsRefused) {
  const absl::Status status = AssembleImage({}, {.config = "[]"}).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput);
}

}  // namespace
}  // namespace waybill::exporter::documents
