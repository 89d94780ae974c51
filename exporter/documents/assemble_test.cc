// SPDX-License-Identifier: Apache-2.0
#include "exporter/documents/assemble.h"

#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::documents {
namespace {

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
