// SPDX-License-Identifier: Apache-2.0
#include "exporter/attestations/http/parameters.h"

#include <string>

#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/platform.h"

namespace waybill::exporter::attestations::http {
namespace {

Query QueryOf(const Parameters& parameters) {
  const absl::StatusOr<Asked> asked = ReadParameters(parameters);
  EXPECT_TRUE(asked.ok()) << asked.status();
  return asked.ok() ? asked->query : Query();
}

bool IsRefused(const Parameters& parameters) {
  return oci::ReasonOf(ReadParameters(parameters).status()) == oci::Reason::kInvalidInput;
}

TEST(ParametersTest, Platforms) {
  EXPECT_EQ(QueryOf({}).platforms, std::vector{oci::HostPlatform()});
  const oci::Platform arm = {.architecture = "arm64", .os = "linux"};
  const oci::Platform arm7 = {.architecture = "arm", .os = "linux", .variant = "v7"};
  // As moby's client encodes it, and with aliases.
  EXPECT_EQ(QueryOf({{"platform", R"({"architecture":"arm64","os":"linux"})"}}).platforms, std::vector{arm});
  EXPECT_EQ(QueryOf({{"platform", R"({"architecture":"aarch64","os":"Linux","variant":"v8"})"}}).platforms,
            std::vector{arm});
  EXPECT_EQ(
      QueryOf({{"platform", "linux/arm64"}, {"platform", R"({"architecture":"arm","os":"linux","variant":"v7"})"}})
          .platforms,
      (std::vector{arm, arm7}));
  EXPECT_TRUE(QueryOf({{"platform", "linux/arm64"}, {"platform", "all"}}).platforms.empty());
  for (const char* text : {"{", "{}", R"({"os":"linux"})", R"({"os":1,"architecture":"a"})", R"({"os":"linux"}x)", "[]",
                           "a/b/c/d", "linux/arm64,linux/amd64", "{\"os\":\"linux\",\"architecture\":\"amd64\""}) {
    EXPECT_TRUE(IsRefused({{"platform", text}})) << text;
  }
}

TEST(ParametersTest, TypesAndStatement) {
  EXPECT_EQ(QueryOf({{"type", "https://a"}, {"type", "spdx"}, {"type", "https://slsa.dev/*"}}).types,
            (std::vector<std::string>{"https://a", "spdx", "https://slsa.dev/*"}));
  EXPECT_TRUE(IsRefused({{"type", "sbomb"}}));
  EXPECT_TRUE(IsRefused({{"type", ""}}));
  // moby's httputils.BoolValue.
  for (const char* yes : {"1", "true", "True", "yes", "2", "x"}) {
    EXPECT_TRUE(ReadParameters({{"statement", yes}})->statement) << yes;
  }
  for (const char* no : {"", "0", "no", "false", "none", " FALSE "}) {
    EXPECT_FALSE(ReadParameters({{"statement", no}})->statement) << no;
  }
  EXPECT_FALSE(ReadParameters({{"other", "1"}})->statement);
}

TEST(ParametersTest, IfNoneMatch) {
  EXPECT_TRUE(IsNoneOther("\"a\"", "\"a\""));
  EXPECT_TRUE(IsNoneOther("\"b\", W/\"a\"", "\"a\""));
  EXPECT_TRUE(IsNoneOther("*", "\"a\""));
  EXPECT_FALSE(IsNoneOther("", "\"a\""));
  EXPECT_FALSE(IsNoneOther("a, \"b\"", "\"a\""));
}

// "offset+length", "all", or "none" of 100 bytes.
std::string RangeOf(absl::string_view header) {
  const absl::StatusOr<std::optional<Range>> range = ReadRange(header, 100);
  if (!range.ok()) return absl::IsOutOfRange(range.status()) ? "none" : "error";
  if (!range->has_value()) return "all";
  return std::to_string((*range)->offset) + "+" + std::to_string((*range)->length);
}

// RFC 9110, 14.1.2.
TEST(ParametersTest, Ranges) {
  EXPECT_EQ(RangeOf("bytes=0-0"), "0+1");
  EXPECT_EQ(RangeOf("bytes=10-19"), "10+10");
  EXPECT_EQ(RangeOf("bytes=10-"), "10+90");
  EXPECT_EQ(RangeOf("bytes=90-1000"), "90+10");
  EXPECT_EQ(RangeOf("bytes=-10"), "90+10");
  EXPECT_EQ(RangeOf("bytes=-1000"), "0+100");
  EXPECT_EQ(RangeOf("bytes=100-"), "none");
  EXPECT_EQ(RangeOf("bytes=-0"), "none");
  for (const char* other : {"", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=1-2,4-5", "items=1-2",
                            "bytes=+1-2", "bytes=1--2", "bytes=99999999999999999999-"}) {
    EXPECT_EQ(RangeOf(other), "all") << other;
  }
}

}  // namespace
}  // namespace waybill::exporter::attestations::http
