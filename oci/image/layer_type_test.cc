// SPDX-License-Identifier: Apache-2.0
#include "oci/image/layer_type.h"

#include <string>

#include "gtest/gtest.h"

namespace waybill::oci::image {
namespace {

// The media types of the image-spec (layer.md) and of containerd's images/mediatypes.go.
TEST(LayerTypeTest, EveryMediaType) {
  const std::string oci = "application/vnd.oci.image.layer.v1.tar";
  const std::string oci_foreign = "application/vnd.oci.image.layer.nondistributable.v1.tar";
  const std::string docker = "application/vnd.docker.image.rootfs.diff.tar";
  const std::string docker_foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar";
  struct {
    std::string media_type;
    LayerType type;
  } const cases[] = {
      {oci, {LayerCompression::kNone, LayerFamily::kOci, true}},
      {oci + "+gzip", {LayerCompression::kGzip, LayerFamily::kOci, true}},
      {oci + "+zstd", {LayerCompression::kZstd, LayerFamily::kOci, true}},
      {oci_foreign, {LayerCompression::kNone, LayerFamily::kOci, false}},
      {oci_foreign + "+gzip", {LayerCompression::kGzip, LayerFamily::kOci, false}},
      {oci_foreign + "+zstd", {LayerCompression::kZstd, LayerFamily::kOci, false}},
      {docker, {LayerCompression::kNone, LayerFamily::kDocker, true}},
      {docker + ".gzip", {LayerCompression::kGzip, LayerFamily::kDocker, true}},
      {docker + ".zstd", {LayerCompression::kZstd, LayerFamily::kDocker, true}},
      {docker_foreign, {LayerCompression::kNone, LayerFamily::kDocker, false}},
      {docker_foreign + ".gzip", {LayerCompression::kGzip, LayerFamily::kDocker, false}},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(LayerType::Parse(c.media_type), c.type) << c.media_type;
    EXPECT_EQ(c.type.MediaType(), c.media_type);
    EXPECT_EQ(IsNonDistributable(c.media_type), !c.type.distributable) << c.media_type;
  }
}

TEST(LayerTypeTest, DockerBorrowsOneType) {
  const LayerType borrowed{LayerCompression::kZstd, LayerFamily::kDocker, false};
  EXPECT_EQ(borrowed.MediaType(), "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd");
  EXPECT_EQ(LayerType::Parse(borrowed.MediaType())->family, LayerFamily::kOci);
}

TEST(LayerTypeTest, OtherMediaTypes) {
  for (const char* const media_type : {"", "text/x", "application/vnd.in-toto+json"}) {
    EXPECT_FALSE(LayerType::Parse(media_type).has_value()) << media_type;
    EXPECT_FALSE(IsNonDistributable(media_type)) << media_type;
  }
}

}  // namespace
}  // namespace waybill::oci::image
