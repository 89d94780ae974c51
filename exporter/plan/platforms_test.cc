// SPDX-License-Identifier: Apache-2.0
#include "exporter/plan/platforms.h"

#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::plan {
namespace {

absl::StatusOr<std::vector<ResultPlatform>> Parse(const request::Metadata& metadata) {
  return ParsePlatforms(metadata, {.architecture = "riscv64", .os = "linux"});
}

std::string ErrorOf(const request::Metadata& metadata) {
  const absl::Status status = Parse(metadata).status();
  EXPECT_EQ(status.ok() ? oci::Reason::kInternal : *oci::ReasonOf(status), oci::Reason::kInvalidInput);
  return std::string(status.message());
}

TEST(ParsePlatformsTest, ListedOnesAreNormalisedAndKeepTheirIds) {
  const auto platforms =
      Parse({{"refs.platforms", R"({"platforms":[{"id":"x","platform":{"os":"Linux","architecture":"aarch64"}},)"
                                R"({"ID":"y","Platform":{"os":"windows","architecture":"amd64",)"
                                R"("os.version":"10.0","os.features":["b","a"]}}]})"}});
  ASSERT_EQ(platforms.status(), absl::OkStatus());
  ASSERT_EQ(platforms->size(), 2U);
  EXPECT_EQ((*platforms)[0].id, "x");
  EXPECT_EQ((*platforms)[0].platform, (oci::Platform{.architecture = "arm64", .os = "linux"}));
  EXPECT_EQ((*platforms)[1].platform.os_version, "10.0");
  EXPECT_EQ((*platforms)[1].platform.os_features, (std::vector<std::string>{"a", "b"}));
}

TEST(ParsePlatformsTest, ElseTheConfigsElseTheHosts) {
  const auto of_config = Parse({{"containerimage.config", R"({"OS":"linux","architecture":"arm"})"}});
  ASSERT_EQ(of_config.status(), absl::OkStatus());
  EXPECT_EQ(of_config->front().id, "linux/arm/v7");
  EXPECT_EQ(Parse({})->front().id, "linux/riscv64");
  EXPECT_EQ(Parse({{"containerimage.config", "{}"}})->front().id, "linux/riscv64");
}

TEST(ParsePlatformsTest, ErrorsAreBuildKits) {
  EXPECT_EQ(ErrorOf({{"refs.platforms", R"({"Platforms":[]})"}}), "invalid empty platforms index for exporter");
  EXPECT_EQ(ErrorOf({{"refs.platforms", ""}}), "invalid empty platforms index for exporter");
  EXPECT_EQ(ErrorOf({{"refs.platforms", R"({"Platforms":[{"Platform":{"os":"linux","architecture":"a"}}]})"}}),
            "invalid empty platform key for exporter");
  EXPECT_EQ(ErrorOf({{"refs.platforms", R"({"Platforms":[{"ID":"x","Platform":{"os":"linux"}}]})"}}),
            "invalid platform value { linux  [] } for exporter");
  EXPECT_EQ(ErrorOf({{"containerimage.config", R"({"architecture":"amd64"})"}}),
            "invalid image config: os and architecture must be specified together");
  EXPECT_EQ(ErrorOf({{"containerimage.config", ""}}), "containerimage.config: unexpected end of JSON input");
  EXPECT_EQ(ErrorOf({{"refs.platforms", "["}}), "refs.platforms: unexpected end of JSON input");
}

}  // namespace
}  // namespace waybill::exporter::plan
