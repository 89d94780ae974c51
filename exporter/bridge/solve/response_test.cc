// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/solve/response.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "exporter/request/options.h"
#include "oci/digest.h"

namespace waybill::exporter::bridge::solve {
namespace {

const std::string kHex(64, 'a');
const std::string kDescriptor =
    R"({"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:)" + kHex +
    R"(","size":856,"annotations":{"a":"b","org.opencontainers.image.created":"2026-01-01T00:00:00Z"}})";
const std::string kWithoutCreated = R"({"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:)" +
                                    kHex + R"(","size":856,"annotations":{"a":"b"}})";

std::string Unescaped(const std::string& base64) {
  std::string text;
  EXPECT_TRUE(absl::Base64Unescape(base64, &text));
  return text;
}

Response FromDaemon() {
  return {{"containerimage.digest", "sha256:" + kHex},
          {"containerimage.descriptor", absl::Base64Escape(kDescriptor)},
          {"image.name", "localhost:5000/x:latest"}};
}

Delivered Pushed(int index, const std::string& name) {
  TakenExporter exporter{.index = index};
  exporter.options.type = request::ExporterType::kImage;
  exporter.options.name = name;
  oci::Descriptor root = *RootOf(FromDaemon());
  DropLayoutAnnotations(exporter.options, root);
  return {.exporter = exporter, .report = {.root = root, .response = {}, .names = {name}}};
}

TEST(ResponseTest, RootOfTheDaemonsAnswer) {
  const absl::StatusOr<oci::Descriptor> root = RootOf(FromDaemon());
  ASSERT_TRUE(root.ok()) << root.status();
  EXPECT_EQ(root->digest.ToString(), "sha256:" + kHex);
  EXPECT_EQ(root->size, 856);
  EXPECT_EQ(RootOf({}).status().message(), "the daemon's answer has no readable containerimage.descriptor");
  EXPECT_FALSE(RootOf({{"containerimage.descriptor", "%%%"}}).ok());
  EXPECT_FALSE(RootOf({{"containerimage.descriptor", absl::Base64Escape("{}")}}).ok());
}

TEST(ResponseTest, NameAndDescriptorAsTheImageExporterAnswers) {
  Response response = FromDaemon();
  PatchResponse({"image"}, {Pushed(0, "localhost:5000/x")}, response);
  EXPECT_EQ(response["image.name"], "localhost:5000/x");
  EXPECT_EQ(response["containerimage.digest"], "sha256:" + kHex);
  EXPECT_EQ(Unescaped(response["containerimage.descriptor"]), kWithoutCreated);
  EXPECT_EQ(Unescaped(response["waybill.results"]), R"({"0":{"type":"image","containerimage.digest":"sha256:)" + kHex +
                                                        R"(","containerimage.descriptor":)" + kWithoutCreated +
                                                        R"(,"names":["localhost:5000/x"]}})");
}

TEST(ResponseTest, ATimeOfCreationThatWasAskedForStays) {
  oci::Descriptor index = *RootOf(FromDaemon());
  oci::Descriptor manifest = index;
  manifest.media_type = "application/vnd.oci.image.manifest.v1+json";
  const oci::Annotations created{{"org.opencontainers.image.created", "then"}};
  const auto kept = [](request::AnnotationGroups groups, oci::Descriptor root) {
    request::ExportOptions options;
    options.annotations = std::move(groups);
    DropLayoutAnnotations(options, root);
    return root.annotations.contains("org.opencontainers.image.created");
  };
  EXPECT_TRUE(kept({{"", {.index_descriptor = created}}}, index));
  EXPECT_TRUE(kept({{"linux/arm64", {.index_descriptor = created}}}, index));
  EXPECT_TRUE(kept({{"", {.manifest_descriptor = created}}}, manifest));
  // These are not about the root.
  EXPECT_FALSE(kept({{"", {.manifest_descriptor = created, .index = created}}}, index));
  EXPECT_FALSE(kept({{"linux/arm64", {.manifest_descriptor = created}}}, manifest));
}

TEST(ResponseTest, TheLastImageWritingExporterAnswers) {
  Response archive_last = FromDaemon();
  PatchResponse({"image", "docker", "local"}, {Pushed(0, "localhost:5000/x")}, archive_last);
  EXPECT_EQ(archive_last["image.name"], "localhost:5000/x:latest");
  EXPECT_EQ(Unescaped(archive_last["containerimage.descriptor"]), kDescriptor);

  Response image_last = FromDaemon();
  PatchResponse({"oci", "image", "local"}, {Pushed(1, "localhost:5000/x")}, image_last);
  EXPECT_EQ(image_last["image.name"], "localhost:5000/x");
}

TEST(ResponseTest, AnImageThatWasFormedAnewIsTheAnswer) {
  Delivered image = Pushed(0, "localhost:5000/x");
  image.report.root->digest = oci::Digest::Of("other");
  Response response = FromDaemon();
  PatchResponse({"image"}, {image}, response);
  EXPECT_EQ(response["containerimage.digest"],
            "sha256:d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa");
}

TEST(ResponseTest, WhatEachNameGotIsTold) {
  Delivered image = Pushed(0, "h.io/a,other.io/a");
  oci::Descriptor without = *image.report.root;
  without.digest = oci::Digest::Of("other");
  image.report.delivery.pushed = {{.name = "h.io/a", .root = *image.report.root, .attestations = "", .warnings = {}},
                                  {.name = "other.io/a", .root = without, .attestations = "", .warnings = {}}};
  const std::string pushed = R"({"h.io/a":{"containerimage.digest":"sha256:)" + kHex +
                             R"("},"other.io/a":{"containerimage.digest":)"
                             R"("sha256:d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa"}})";
  Response response = FromDaemon();
  PatchResponse({"image"}, {image}, response);
  EXPECT_NE(Unescaped(response["waybill.results"]).find(R"("waybill.pushed":)" + pushed), std::string::npos);
}

TEST(ResponseTest, NamesAsGivenOrFromTheBuild) {
  const oci::Descriptor root = *RootOf(FromDaemon());
  request::ExportOptions options{.type = request::ExporterType::kImage};
  EXPECT_EQ(*NamesOf(options, {}, root), std::vector<std::string>{});
  options.name = "*";
  EXPECT_EQ(*NamesOf(options, FromDaemon(), root), std::vector<std::string>{"localhost:5000/x:latest"});
  options.name = "h.io/a:1,h.io/b";
  options.dangling_name_prefix = "h.io/d";
  EXPECT_EQ(*NamesOf(options, FromDaemon(), root),
            (std::vector<std::string>{"h.io/a:1", "h.io/b", "h.io/d@sha256:" + kHex}));
}

}  // namespace
}  // namespace waybill::exporter::bridge::solve
