// SPDX-License-Identifier: Apache-2.0
// Expected values: BuildKit's exporter/local and exporter/tar (v0.33.1), fsutil's SubDirFS.
#include "exporter/plan/files_plan.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::plan {
namespace {

using request::ExporterType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const oci::Platform kHost{.architecture = "amd64", .os = "linux"};

request::BuildResult ResultOf(const std::vector<std::string>& ids) {
  request::BuildResult result{.is_map = true};
  std::string platforms;
  for (const std::string& id : ids) {
    absl::StrAppend(&platforms, platforms.empty() ? "" : ",", R"({"ID":")", id,
                    R"(","Platform":{"architecture":"amd64","os":"linux"}})");
    result.refs[id];
  }
  result.metadata["refs.platforms"] = absl::StrCat(R"({"Platforms":[)", platforms, "]}");
  return result;
}

// "folder suffix" of each platform.
std::vector<std::string> Places(const request::BuildResult& result, const request::ExportOptions& options) {
  const absl::StatusOr<FilesPlan> plan = MakeFilesPlan(result, options, kHost);
  EXPECT_TRUE(plan.ok()) << plan.status();
  std::vector<std::string> places;
  if (!plan.ok()) return places;
  for (const PlatformPlan& platform : plan->platforms) {
    places.push_back(absl::StrCat(platform.folder, " ", platform.statement_suffix));
  }
  return places;
}

TEST(FilesPlanTest, PlatformsHaveDirectoriesOrSuffixes) {
  const request::BuildResult map = ResultOf({"linux/amd64", "linux/arm64"});
  const request::BuildResult single{.refs = {{"", {}}}};
  const auto local = [](std::optional<bool> split) {
    return request::ExportOptions{.type = ExporterType::kLocal, .platform_split = split};
  };
  const auto tar = [](std::optional<bool> split) {
    return request::ExportOptions{.type = ExporterType::kTar, .platform_split = split};
  };
  EXPECT_THAT(Places(map, local(std::nullopt)), ElementsAre("linux_amd64 ", "linux_arm64 "));
  EXPECT_THAT(Places(map, local(false)), ElementsAre(" .linux_amd64", " .linux_arm64"));
  EXPECT_THAT(Places(single, local(std::nullopt)), ElementsAre(" "));
  EXPECT_THAT(Places(single, local(true)), ElementsAre("linux_amd64 "));
  EXPECT_THAT(Places(single, local(false)), ElementsAre(" "));
  EXPECT_THAT(Places(map, tar(std::nullopt)), ElementsAre("linux_amd64 ", "linux_arm64 "));
  EXPECT_THAT(Places(map, tar(false)), ElementsAre("linux_amd64 .linux_amd64", "linux_arm64 .linux_arm64"));
  EXPECT_THAT(Places(single, tar(true)), ElementsAre(" "));
}

TEST(FilesPlanTest, IdsBecomeSafeNames) {
  const request::ExportOptions options{.type = ExporterType::kLocal};
  request::BuildResult odd = ResultOf({R"(a:b\\c/d)", ".", ".."});
  odd.refs[R"(a:b\c/d)"];  // as JSON has it
  EXPECT_THAT(Places(odd, options), ElementsAre("a_b_c_d ", "_ ", "__ "));
  EXPECT_EQ(MakeFilesPlan(ResultOf({"a/b", "a_b"}), options, kHost).status().message(),
            "duplicate path a_b: file exists");
}

TEST(FilesPlanTest, APlatformThatIsListedTwiceIsOneDirectory) {
  const request::BuildResult twice = ResultOf({"a/b", "c/d", "a/b"});
  EXPECT_THAT(Places(twice, {.type = ExporterType::kLocal}), ElementsAre("a_b ", "c_d "));
  // BuildKit sends all directories at once then.
  for (const request::ExportOptions& options :
       {request::ExportOptions{.type = ExporterType::kTar},
        request::ExportOptions{.type = ExporterType::kLocal, .mode = request::LocalMode::kDelete}}) {
    EXPECT_EQ(MakeFilesPlan(twice, options, kHost).status().message(), "duplicate path a_b: file exists");
  }
}

TEST(FilesPlanTest, EpochsAreTheOptionsOrTheBuilds) {
  request::BuildResult result = ResultOf({"linux/amd64", "linux/arm64"});
  result.metadata["source.date.epoch/linux/amd64"] = "5";
  request::ExportOptions options{.type = ExporterType::kTar};
  absl::StatusOr<FilesPlan> plan = MakeFilesPlan(result, options, kHost);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->platforms[0].epoch, 5);
  EXPECT_EQ(plan->platforms[1].epoch, std::nullopt);
  options.epoch = request::Epoch::At(absl::FromUnixSeconds(-7));
  plan = MakeFilesPlan(result, options, kHost);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->platforms[0].epoch, -7);
  // In nanoseconds it does not fit into 64 bits.
  options.epoch = request::Epoch::At(absl::FromUnixSeconds(int64_t{1} << 35));
  EXPECT_THAT(std::string(MakeFilesPlan(result, options, kHost).status().message()), HasSubstr("source-date-epoch"));
}

TEST(FilesPlanTest, AttestationsForInlineUseStayOut) {
  request::BuildResult result{.refs = {{"", {}}}};
  result.attestations["linux/amd64"] = {{.path = "/a", .metadata = {{"inline-only", "true"}}}, {.path = "/b"}};
  result.attestations["linux/s390x"] = {{.path = "/c"}};
  const absl::StatusOr<FilesPlan> plan = MakeFilesPlan(result, {.type = ExporterType::kTar}, kHost);
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->platforms[0].attestations.size(), 1u);
  EXPECT_EQ(plan->platforms[0].attestations[0].path, "/b");
  EXPECT_THAT(plan->warnings, ElementsAre(HasSubstr("attestations of \"linux/s390x\" are left out")));
}

TEST(FilesPlanTest, RefusesWhatBuildKitRefuses) {
  request::BuildResult missing = ResultOf({"linux/amd64", "linux/arm64", "linux/s390x"});
  missing.refs.erase("linux/arm64");
  request::BuildResult no_map = ResultOf({"linux/amd64", "linux/arm64"});
  no_map.is_map = false;
  no_map.refs.clear();
  request::BuildResult no_platforms{.is_map = true, .refs = {{"linux/amd64", {}}}};
  const auto refusal = [](const request::BuildResult& result) {
    const absl::Status status = MakeFilesPlan(result, {.type = ExporterType::kLocal}, kHost).status();
    EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput);
    return std::string(status.message());
  };
  EXPECT_EQ(refusal(missing), "failed to find ref for ID linux/arm64");
  EXPECT_EQ(refusal(no_map), "unable to export multiple platforms without map");
  EXPECT_EQ(refusal(no_platforms), "build result contains multiple refs without platforms mapping");
}

}  // namespace
}  // namespace waybill::exporter::plan
