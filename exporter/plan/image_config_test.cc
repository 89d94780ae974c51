// SPDX-License-Identifier: Apache-2.0
#include "exporter/plan/image_config.h"

#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::plan {
namespace {

constexpr char kMinimal[] = R"({"os":"linux","architecture":"amd64"})";

std::string ErrorOf(const std::string& config, const ImageConfigPatch& patch = {}) {
  const absl::Status status = PatchImageConfig(config, patch).status();
  EXPECT_EQ(status.ok() ? oci::Reason::kInternal : *oci::ReasonOf(status), oci::Reason::kInvalidInput) << config;
  return std::string(status.message());
}

TEST(PatchImageConfigTest, AnEmptyImageHasNulls) {
  EXPECT_EQ(*PatchImageConfig(kMinimal, {}), R"({"architecture":"amd64","created":null,"history":null,"os":"linux",)"
                                             R"("rootfs":{"type":"layers","diff_ids":null}})");
}

// As recorded from a buildkitd for a config with raw "<", blanks, unsorted and duplicate keys.
TEST(PatchImageConfigTest, KeepsValuesVerbatim) {
  EXPECT_EQ(*PatchImageConfig(R"({"zzz_unknown": {"b": 1.0, "a": 1e2, "s": "x\u0041\/<>&"}, "os": "linux",)"
                              R"( "architecture": "amd64", "created": "2020-01-02T03:04:05.120000000+02:00",)"
                              R"( "dup": 1, "dup": 2, "k<ey>&": true, "history": [], "rootfs": 5})",
                              {.epoch = absl::FromUnixSeconds(1600000000)}),
            R"({"architecture":"amd64","created":"2020-01-02T03:04:05.120000000+02:00","dup":2,"history":null,)"
            R"("k\u003cey\u003e\u0026":true,"os":"linux","rootfs":{"type":"layers","diff_ids":null},)"
            R"("zzz_unknown":{"b":1.0,"a":1e2,"s":"x\u0041\/\u003c\u003e\u0026"}})");
}

TEST(PatchImageConfigTest, CreatedIsClampedOrTakenFromTheHistory) {
  const auto created = [](const std::string& config, ImageConfigPatch patch) {
    const std::string out = *PatchImageConfig(config, patch);
    const size_t start = out.find("\"created\":") + 10;
    return out.substr(start, out.find(",\"", start) - start);
  };
  const std::string late = R"({"os":"linux","architecture":"amd64","created":"2020-01-01T00:00:00Z"})";
  EXPECT_EQ(created(late, {}), "\"2020-01-01T00:00:00Z\"");
  EXPECT_EQ(created(late, {.epoch = absl::FromUnixSeconds(60)}), "\"1970-01-01T00:01:00Z\"");
  EXPECT_EQ(created(R"({"os":"linux","architecture":"amd64","created":null})", {.epoch = absl::FromUnixSeconds(60)}),
            "null");
  const std::vector<HistoryEntry> history = *ParseHistory(R"([{"created":"2021-01-01T00:00:00Z"}, {}])");
  EXPECT_EQ(created(kMinimal, {.history = history}), "\"2021-01-01T00:00:00Z\"");
}

TEST(PatchImageConfigTest, LayersAndInlineCache) {
  const absl::StatusOr<std::string> config =
      PatchImageConfig(kMinimal, {.diff_ids = {oci::Digest::Of("a")}, .inline_cache = "[{}]"});
  ASSERT_EQ(config.status(), absl::OkStatus());
  EXPECT_EQ(*config,
            R"({"architecture":"amd64","created":null,"history":null,"moby.buildkit.cache.v0":"W3t9XQ==","os":"linux",)"
            R"("rootfs":{"type":"layers","diff_ids":)"
            R"(["sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"]}})");
}

TEST(PatchImageConfigTest, ErrorsAreBuildKits) {
  EXPECT_EQ(ErrorOf("null"), "invalid null image config for export");
  EXPECT_EQ(ErrorOf("{}"), "invalid image config for export: missing os");
  EXPECT_EQ(ErrorOf(R"({"os":"linux"})"), "invalid image config for export: missing architecture");
  EXPECT_EQ(ErrorOf("{"), "unexpected end of JSON input");
  EXPECT_EQ(ErrorOf(R"({"os":"linux","architecture":"amd64","created":"2020-01-01t00:00:00z"})",
                    {.epoch = absl::FromUnixSeconds(1)}),
            "created: parsing time \"2020-01-01t00:00:00z\" as \"2006-01-02T15:04:05Z07:00\": cannot parse "
            "\"t00:00:00z\" as \"T\"");
}

TEST(PatchImageConfigTest, OtherCasesOfNamesPassAndStay) {
  EXPECT_EQ(*PatchImageConfig(R"({"OS":"linux","Architecture":"amd64","RootFS":1})", {}),
            R"({"Architecture":"amd64","OS":"linux","RootFS":1,"created":null,"history":null,)"
            R"("rootfs":{"type":"layers","diff_ids":null}})");
}

TEST(DefaultImageConfigTest, IsBuildKits) {
  EXPECT_EQ(
      DefaultImageConfig({.architecture = "arm", .os = "linux", .variant = "v7"}),
      R"({"architecture":"arm","os":"linux","variant":"v7","config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:)"
      R"(/usr/sbin:/usr/bin:/sbin:/bin"],"WorkingDir":"/"},"rootfs":{"type":"layers","diff_ids":null}})");
  EXPECT_EQ(
      DefaultImageConfig({.architecture = "amd64", .os = "windows", .os_version = "10.0.1", .os_features = {"w"}}),
      R"({"architecture":"amd64","os":"windows","os.version":"10.0.1","os.features":["w"],)"
      R"("config":{"WorkingDir":"/"},"rootfs":{"type":"layers","diff_ids":null}})");
}

TEST(BaseConfigTest, ReadsHistoryAndDiffIds) {
  const absl::StatusOr<BaseConfig> base =
      ParseBaseConfig(R"({"history":[{"comment":"x"}],"rootfs":{"diff_ids":["sha256:1","sha256:2"]}})");
  ASSERT_EQ(base.status(), absl::OkStatus());
  EXPECT_EQ(base->history.size(), 1U);
  EXPECT_EQ(base->diff_ids, (std::vector<std::string>{"sha256:1", "sha256:2"}));
  EXPECT_EQ(ParseBaseConfig("{").status().message(),
            "failed to unmarshal base image config: unexpected end of JSON input");
}

}  // namespace
}  // namespace waybill::exporter::plan
