// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/messages/result_codec.h"

#include "gtest/gtest.h"

namespace waybill::exporter::service::messages {
namespace {

TEST(ResultCodecTest, AnnotationsComeOutAsTheyWentIn) {
  const request::AnnotationGroups annotations = {
      {"", {.index = {{"white space", "1"}}, .index_descriptor = {{"r", "2"}}}},
      {"windows(10.0.17763.1)/amd64", {.manifest = {{"k", "3"}}, .manifest_descriptor = {{"d", "4"}}}}};
  const auto result = FromProto(ToProto(request::BuildResult{.annotations = annotations}));
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->annotations.size(), 2u);
  for (const auto& [platform, group] : annotations) {
    const request::AnnotationGroup& decoded = result->annotations.at(platform);
    EXPECT_EQ(decoded.manifest, group.manifest);
    EXPECT_EQ(decoded.manifest_descriptor, group.manifest_descriptor);
    EXPECT_EQ(decoded.index, group.index);
    EXPECT_EQ(decoded.index_descriptor, group.index_descriptor);
  }
}

TEST(ResultCodecTest, AStatementKeepsItsType) {
  request::BuildResult sent;
  sent.attestations["linux/amd64"] = {
      {.path = "p", .predicate_type = "t", .statement_type = "https://in-toto.io/Statement/v0.1"}};
  const auto result = FromProto(ToProto(sent));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->attestations.at("linux/amd64").at(0).statement_type, "https://in-toto.io/Statement/v0.1");
}

}  // namespace
}  // namespace waybill::exporter::service::messages
