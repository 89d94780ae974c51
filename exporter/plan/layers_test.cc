// SPDX-License-Identifier: Apache-2.0
#include "exporter/plan/layers.h"

#include "gtest/gtest.h"
#include "oci/digest.h"

namespace waybill::exporter::plan {
namespace {

constexpr char kOci[] = "application/vnd.oci.image.layer.v1.tar";
constexpr char kOciForeign[] = "application/vnd.oci.image.layer.nondistributable.v1.tar";
constexpr char kDocker[] = "application/vnd.docker.image.rootfs.diff.tar";
constexpr char kDockerForeign[] = "application/vnd.docker.image.rootfs.foreign.diff.tar";

struct TypeCase {
  std::string stored;
  std::string oci;            // distributable
  std::string docker;         // distributable
  std::string oci_preferred;  // prefer-nondist-layers, with URLs
  std::string docker_preferred;
};

// What a buildkitd made of each (testdata/golden/cases/gw-mediatypes-*), and Docker's zstd by the same table.
std::vector<TypeCase> TypeCases() {
  const std::string oci = kOci, oci_foreign = kOciForeign, docker = kDocker, docker_foreign = kDockerForeign;
  std::vector<TypeCase> cases;
  for (const std::string& stored : {oci, oci_foreign, docker, docker_foreign}) {
    cases.push_back({stored, oci, docker, oci_foreign, docker_foreign});
  }
  for (const std::string& stored : {oci + "+gzip", oci_foreign + "+gzip", docker_foreign + ".gzip"}) {
    cases.push_back({stored, oci + "+gzip", docker + ".gzip", oci_foreign + "+gzip", docker_foreign + ".gzip"});
  }
  for (const std::string& stored : {oci + "+zstd", oci_foreign + "+zstd"}) {
    cases.push_back({stored, oci + "+zstd", docker + ".zstd", oci_foreign + "+zstd", oci_foreign + "+zstd"});
  }
  cases.push_back({docker + ".gzip", oci + "+gzip", docker + ".gzip", oci + "+gzip", docker + ".gzip"});
  cases.push_back({docker + ".zstd", oci + "+zstd", docker + ".zstd", oci + "+zstd", docker + ".zstd"});
  cases.push_back({"text/x", "text/x", "text/x", "text/x", "text/x"});
  return cases;
}

TEST(ManifestMediaTypeTest, Matrix) {
  for (const TypeCase& row : TypeCases()) {
    EXPECT_EQ(ManifestMediaType(row.stored, true, {.oci_types = true}), row.oci);
    EXPECT_EQ(ManifestMediaType(row.stored, true, {.oci_types = false}), row.docker);
    EXPECT_EQ(ManifestMediaType(row.stored, false, {.oci_types = true, .prefer_nondistributable = true}), row.oci);
    EXPECT_EQ(ManifestMediaType(row.stored, true, {.oci_types = true, .prefer_nondistributable = true}),
              row.oci_preferred);
    EXPECT_EQ(ManifestMediaType(row.stored, true, {.oci_types = false, .prefer_nondistributable = true}),
              row.docker_preferred);
    EXPECT_EQ(IsKnownLayerType(row.stored), row.stored != "text/x");
  }
}

request::Layer Annotated() {
  return {.blob = {.media_type = std::string(kOci) + "+gzip",
                   .digest = oci::Digest::Of("blob"),
                   .size = 4,
                   .urls = {"https://example.com/l"},
                   .annotations = {{"containerd.io/uncompressed", "sha256:x"},
                                   {"buildkit/createdat", "1"},
                                   {"containerd.io/distribution.source.docker.io", "library/x"},
                                   {"buildkit/rewritten-timestamp", "5"}}},
          .diff_id = oci::Digest::Of("diff")};
}

TEST(ManifestLayersTest, InternalAnnotationsGo) {
  const std::vector<oci::Descriptor> layers = ManifestLayers({Annotated()}, {.oci_types = true});
  ASSERT_EQ(layers.size(), 1U);
  EXPECT_EQ(layers[0].annotations, (oci::Annotations{{"buildkit/rewritten-timestamp", "5"}}));
  EXPECT_TRUE(layers[0].urls.empty());
  EXPECT_EQ(layers[0].digest, oci::Digest::Of("blob"));
  EXPECT_EQ(layers[0].size, 4);
}

TEST(ManifestLayersTest, DockerTypesHaveNoAnnotations) {
  EXPECT_TRUE(ManifestLayers({Annotated()}, {.oci_types = false})[0].annotations.empty());
}

TEST(ManifestLayersTest, UrlsStayWhenPreferred) {
  EXPECT_EQ(ManifestLayers({Annotated()}, {.prefer_nondistributable = true})[0].urls,
            std::vector<std::string>{"https://example.com/l"});
}

}  // namespace
}  // namespace waybill::exporter::plan
