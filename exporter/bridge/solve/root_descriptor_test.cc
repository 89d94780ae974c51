// SPDX-License-Identifier: Apache-2.0
// Expected descriptors are those of BuildKit v0.33.1, each exporter alone.
#include "exporter/bridge/solve/root_descriptor.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "exporter/request/export_request.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/image/manifest.h"

namespace waybill::exporter::bridge::solve {
namespace {

constexpr char kManifest[] = "application/vnd.oci.image.manifest.v1+json";
constexpr char kIndex[] = "application/vnd.oci.image.index.v1+json";

std::string Described(const std::string& type, const request::Attributes& attributes, const request::Metadata& metadata,
                      const std::string& media_type) {
  const absl::StatusOr<request::ExportOptions> options =
      request::ExportOptions::FromRequest({.type = type, .attributes = attributes});
  EXPECT_TRUE(options.ok()) << options.status();
  oci::Descriptor root{.media_type = media_type, .digest = oci::Digest::Of(""), .size = 7};
  const auto described = DescribeRoot(*options, metadata, std::move(root), absl::FromUnixSeconds(1700000000));
  EXPECT_TRUE(described.ok()) << described.status();
  const std::string json = described.ok() ? oci::image::ToCompactJson(*described) : "";
  const size_t size = json.find(",\"size\":7");
  return size == std::string::npos ? json : json.substr(size + sizeof(",\"size\":7") - 1);
}

const request::Metadata kArm = {{"containerimage.config", R"({"os":"linux","architecture":"arm64","variant":"v8"})"}};

TEST(RootDescriptorTest, BareManifest) {
  EXPECT_EQ(Described("image", {{"annotation-manifest-descriptor.a", "b"}}, kArm, kManifest),
            R"(,"annotations":{"a":"b"},"platform":{"architecture":"arm64","os":"linux"}})");
  EXPECT_EQ(Described("oci", {{"source-date-epoch", "0"}, {"annotation-manifest-descriptor.z", "b"}}, kArm, kManifest),
            R"(,"annotations":{"org.opencontainers.image.created":"1970-01-01T00:00:00Z","z":"b"},)"
            R"("platform":{"architecture":"arm64","os":"linux"}})");
}

TEST(RootDescriptorTest, Index) {
  const request::Metadata metadata = {{"source.date.epoch", "86400"}, {"annotation-index-descriptor.m", "n"}};
  EXPECT_EQ(
      Described("docker", {{"annotation-index-descriptor[arm64].a", "b"}, {"annotation.x", "y"}}, metadata, kIndex),
      R"(,"annotations":{"a":"b","m":"n","org.opencontainers.image.created":"1970-01-02T00:00:00Z"}})");
  EXPECT_EQ(Described("image", {}, {}, kIndex), "}");
}

TEST(RootDescriptorTest, TheClockWithoutAnEpoch) {
  EXPECT_EQ(Described("oci", {}, {}, kIndex),
            R"(,"annotations":{"org.opencontainers.image.created":"2023-11-14T22:13:20Z"}})");
  EXPECT_EQ(Described("oci", {{"source-date-epoch", ""}}, {{"source.date.epoch", "86400"}}, kIndex),
            R"(,"annotations":{"org.opencontainers.image.created":"2023-11-14T22:13:20Z"}})");
  EXPECT_EQ(Described("oci", {{"annotation-index-descriptor.org.opencontainers.image.created", "x"}}, {}, kIndex),
            R"(,"annotations":{"org.opencontainers.image.created":"x"}})");
}

TEST(RootDescriptorTest, MetadataThatDoesNotParse) {
  oci::Descriptor root{.media_type = kManifest, .digest = oci::Digest::Of(""), .size = 7};
  const absl::Status status =
      DescribeRoot({.type = request::ExporterType::kOci}, {{"refs.platforms", "{"}}, root, absl::Now()).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput);
}

}  // namespace
}  // namespace waybill::exporter::bridge::solve
