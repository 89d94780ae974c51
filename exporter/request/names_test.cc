// SPDX-License-Identifier: Apache-2.0
#include "exporter/request/names.h"

#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::request {
namespace {

using Names = std::vector<std::string>;

Names Destination(ExportOptions options, const Metadata& metadata = {}) {
  const absl::StatusOr<Names> names = DestinationNames(options, metadata);
  EXPECT_EQ(names.status(), absl::OkStatus());
  return names.ok() ? *names : Names();
}

std::string ErrorOf(const ExportOptions& options, const Metadata& metadata = {}) {
  const absl::Status status = DestinationNames(options, metadata).status();
  EXPECT_EQ(status.ok() ? oci::Reason::kInternal : *oci::ReasonOf(status), oci::Reason::kInvalidInput);
  return std::string(status.message());
}

// The response of testdata/golden/cases/oci-names, and of image-name-nopush.
TEST(DestinationNamesTest, LayoutsNormaliseAndImagesDoNot) {
  EXPECT_EQ(Destination({.name = "alpine,example.com:5000/foo/bar:v1"}),
            (Names{"docker.io/library/alpine:latest", "example.com:5000/foo/bar:v1"}));
  EXPECT_EQ(Destination({.type = ExporterType::kImage, .name = "foo,UPPER"}), (Names{"foo", "UPPER"}));
  EXPECT_EQ(Destination({.name = ""}), Names());
}

TEST(DestinationNamesTest, TheBuildNamesTheStar) {
  EXPECT_EQ(Destination({.name = "*"}, {{"image.name", "built:1"}}), Names{"docker.io/library/built:1"});
  EXPECT_EQ(Destination({.type = ExporterType::kImage, .name = "*"}, {{"image.name", "a,b"}}), (Names{"a", "b"}));
  EXPECT_EQ(ErrorOf({.name = "*"}), "failed to parse *: invalid reference format");
}

TEST(DestinationNamesTest, ErrorsAreBuildKits) {
  EXPECT_EQ(ErrorOf({.name = "foo/UPPER"}),
            "failed to parse foo/UPPER: invalid reference format: repository name (foo/UPPER) must be lowercase");
  EXPECT_EQ(ErrorOf({.name = "foo,"}), "failed to parse : invalid reference format");
  EXPECT_EQ(ErrorOf({.type = ExporterType::kImage, .name = "127.0.0.1:5052/tc,", .push = true}),
            "failed to push : invalid reference format");
  EXPECT_EQ(
      ErrorOf({.type = ExporterType::kImage, .name = "127.0.0.1:5052/p:tag", .push = true, .push_by_digest = true}),
      "failed to push 127.0.0.1:5052/p:tag: can't push tagged ref 127.0.0.1:5052/p:tag by digest");
}

TEST(SubjectNamesTest, SkipsEmptyPartsAndKeepsTheStar) {
  EXPECT_EQ(*SubjectNames({.name = ",a,,b:1,"}), (Names{"a", "b:1"}));
  EXPECT_EQ(SubjectNames({.name = "*"}).status().message(), "failed to parse ref \"*\": invalid reference format");
}

TEST(DanglingNameTest, IsAddedToImages) {
  const oci::Digest digest = oci::Digest::Of("");
  const std::string dangling = "d@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  ExportOptions options{.type = ExporterType::kImage, .dangling_name_prefix = "d"};
  EXPECT_EQ(*WithDanglingName({"a"}, options, digest), (Names{"a", dangling}));
  options.dangling_name_empty_only = true;
  EXPECT_EQ(*WithDanglingName({"a"}, options, digest), Names{"a"});
  EXPECT_EQ(*WithDanglingName({}, options, digest), Names{dangling});
  EXPECT_EQ(*WithDanglingName({"a"}, {.type = ExporterType::kImage}, digest), Names{"a"});
}

TEST(DanglingNameTest, CannotBePushedByDigest) {
  const oci::Digest digest = oci::Digest::Of("");
  ExportOptions options{
      .type = ExporterType::kImage, .push = true, .push_by_digest = true, .dangling_name_prefix = "h.io/d"};
  const absl::Status status = WithDanglingName({"h.io/a"}, options, digest).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput);
  const std::string name = "h.io/d@" + digest.ToString();
  EXPECT_EQ(status.message(), "failed to push " + name + ": can't push tagged ref " + name + " by digest");
  options.push_by_digest = false;
  EXPECT_TRUE(WithDanglingName({"h.io/a"}, options, digest).ok());
}

}  // namespace
}  // namespace waybill::exporter::request
