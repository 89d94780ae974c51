// SPDX-License-Identifier: Apache-2.0
// The forms of docker buildx build --annotation (docs.docker.com/build/metadata/annotations).
#include "tools/cli/exporting/annotation_flag.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::cli::exporting {
namespace {

using exporter::request::Attributes;

TEST(AnnotationFlagTest, FormsOfBuildx) {
  struct Row {
    const char* text;
    Attributes attributes;
  };
  const Row kRows[] = {
      {"foo=bar", {{"annotation.foo", "bar"}}},
      {"org.Example.Key=Value=1,2", {{"annotation.org.Example.Key", "Value=1,2"}}},
      {"index:foo=bar", {{"annotation-index.foo", "bar"}}},
      {"index,manifest:foo=bar", {{"annotation-index.foo", "bar"}, {"annotation-manifest.foo", "bar"}}},
      {"manifest-descriptor[linux/amd64]:foo=", {{"annotation-manifest-descriptor[linux/amd64].foo", ""}}},
      {"manifest[windows(10.0.17763.1)/amd64]:k=v", {{"annotation-manifest[windows(10.0.17763.1)/amd64].k", "v"}}},
  };
  for (const Row& row : kRows) {
    const auto attributes = ParseAnnotationFlag(row.text);
    ASSERT_TRUE(attributes.ok()) << row.text << ": " << attributes.status();
    EXPECT_EQ(*attributes, row.attributes) << row.text;
  }
}

TEST(AnnotationFlagTest, Faults) {
  for (const char* text : {"foo", "", "=bar", ":foo=bar", "index,:foo=bar", "index:=bar", "[linux/amd64]:foo=bar",
                           "Index:foo=bar", "a b=c"}) {
    const absl::Status status = ParseAnnotationFlag(text).status();
    EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput) << text;
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("expected [TYPE[,TYPE]...:]KEY=VALUE")) << text;
  }
  EXPECT_EQ(ParseAnnotationFlag("idx:foo=bar").status().message(), "unrecognized annotation type idx");
}

}  // namespace
}  // namespace waybill::cli::exporting
