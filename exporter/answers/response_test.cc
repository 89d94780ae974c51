// SPDX-License-Identifier: Apache-2.0
#include "exporter/answers/response.h"

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace waybill::exporter::answers {
namespace {

using Response = std::map<std::string, std::string>;

// What a buildkitd answered for testdata/golden/cases/oci-dir.
constexpr char kDescriptor[] =
    "eyJtZWRpYVR5cGUiOiJhcHBsaWNhdGlvbi92bmQub2NpLmltYWdlLm1hbmlmZXN0LnYxK2pzb24iLCJkaWdlc3QiOiJzaGEyNTY6ZTdmYTM5MzZmNj"
    "I2YTM0ZDI3MDM0ZGQxZGU0MDdmNjc1YjZiMWI4Y2JlZTY1Yjg0ODhmYmY3NWI5ZmVkYzA4MCIsInNpemUiOjEwNDIsImFubm90YXRpb25zIjp7Im9y"
    "Zy5vcGVuY29udGFpbmVycy5pbWFnZS5jcmVhdGVkIjoiMjAyMy0xMS0xNFQyMjoxMzoyMFoifSwicGxhdGZvcm0iOnsiYXJjaGl0ZWN0dXJlIjoiYW"
    "1kNjQiLCJvcyI6ImxpbnV4In19";

oci::Descriptor Manifest() {
  return {.media_type = "application/vnd.oci.image.manifest.v1+json",
          .digest = *oci::Digest::Parse("sha256:e7fa3936f626a34d27034dd1de407f675b6b1b8cbee65b8488fbf75b9fedc080"),
          .size = 1042,
          .platform = oci::Platform{.architecture = "amd64", .os = "linux"}};
}

TEST(ResponseTest, IsBuildKits) {
  const plan::Plan plan{.epoch = absl::FromUnixSeconds(1700000000)};
  const oci::Descriptor root = RootDescriptor(plan, request::ExporterType::kOci, Manifest(), absl::InfinitePast());
  const Response response = MakeResponse(root, oci::Digest::Of(""), {"a:1", "b:2"}, {});
  EXPECT_EQ(response.at("containerimage.descriptor"), kDescriptor);
  EXPECT_EQ(response.at("containerimage.digest"),
            "sha256:e7fa3936f626a34d27034dd1de407f675b6b1b8cbee65b8488fbf75b9fedc080");
  EXPECT_EQ(response.at("containerimage.config.digest"),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(response.at("image.name"), "a:1,b:2");
  EXPECT_EQ(MakeResponse(root, std::nullopt, {}, {}).size(), 2U);
  EXPECT_EQ(MakeResponse(root, std::nullopt, {}, {.pushed = {{.name = "a:1", .root = root}}}).at("waybill.pushed"),
            absl::Base64Escape(R"({"a:1":{"containerimage.digest":")" + root.digest.ToString() + R"("}})"));
  const Delivery reused{.reused = {{.platform = "linux/amd64", .image = root.digest, .attestations = root.digest}}};
  EXPECT_EQ(MakeResponse(root, std::nullopt, {}, reused).at("waybill.reused-attestations"),
            absl::Base64Escape(ReusedJson(reused)));
}

TEST(ResponseTest, RootAnnotations) {
  const absl::Time now = absl::FromUnixSeconds(-1) + absl::Milliseconds(999);
  EXPECT_EQ(RootDescriptor({}, request::ExporterType::kDocker, Manifest(), now).annotations,
            (oci::Annotations{{"org.opencontainers.image.created", "1969-12-31T23:59:59Z"}}));
  EXPECT_TRUE(RootDescriptor({}, request::ExporterType::kImage, Manifest(), now).annotations.empty());
  const plan::Plan annotated{.root_annotations = {{"org.opencontainers.image.created", "mine"}, {"x", "y"}}};
  EXPECT_EQ(RootDescriptor(annotated, request::ExporterType::kOci, Manifest(), now).annotations,
            annotated.root_annotations);
}

TEST(MetadataFileTest, InlinesObjectsOnly) {
  EXPECT_EQ(MetadataFile({}), "{}");
  // base64 of {"b":"<"}, {}, [1], "x" and not base64.
  EXPECT_EQ(MetadataFile({{"a", "eyJiIjoiPCJ9"}, {"e", "e30="}, {"l", "WzFd"}, {"n", "a<b"}, {"s", "Ing="}}), R"({
  "a": {
    "b": "\u003c"
  },
  "e": "e30=",
  "l": "WzFd",
  "n": "a\u003cb",
  "s": "Ing="
})");
}

}  // namespace
}  // namespace waybill::exporter::answers
