// SPDX-License-Identifier: Apache-2.0
// The expected texts are answers of containerd/platforms v1.0.0-rc.4 on linux/amd64 (Parse, then Normalize).
#include "oci/platform.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::oci {
namespace {

struct GoodCase {
  absl::string_view text;
  absl::string_view full;
  absl::string_view brief;
};

struct BadCase {
  absl::string_view text;
  absl::string_view message;
};

// clang-format off
constexpr GoodCase kGood[] = {
    {"linux/amd64", "linux/amd64", "linux/amd64"},
    {"amd64", "linux/amd64", "linux/amd64"},
    {"linux", "linux/amd64", "linux/amd64"},
    {"LINUX/X86_64", "linux/amd64", "linux/amd64"},
    {"linux/x86-64", "linux/amd64", "linux/amd64"},
    {"linux/amd64/v1", "linux/amd64", "linux/amd64"},
    {"linux/amd64/v2", "linux/amd64/v2", "linux/amd64/v2"},
    {"aarch64", "linux/arm64", "linux/arm64"},
    {"linux/arm64", "linux/arm64", "linux/arm64"},
    {"linux/arm64/v8", "linux/arm64", "linux/arm64"},
    {"linux/arm64/8", "linux/arm64", "linux/arm64"},
    {"linux/arm64/v9.0", "linux/arm64/v9", "linux/arm64/v9"},
    {"linux/arm64/v8.1", "linux/arm64/v8.1", "linux/arm64/v8.1"},
    {"linux/arm", "linux/arm/v7", "linux/arm/v7"},
    {"arm", "linux/arm/v7", "linux/arm/v7"},
    {"linux/arm/v7", "linux/arm/v7", "linux/arm/v7"},
    {"linux/arm/6", "linux/arm/v6", "linux/arm/v6"},
    {"linux/arm/v5", "linux/arm/v5", "linux/arm/v5"},
    {"armhf", "linux/arm/v7", "linux/arm/v7"},
    {"armel", "linux/arm/v6", "linux/arm/v6"},
    {"linux/armel", "linux/arm/v6", "linux/arm/v6"},
    {"linux/armhf/v6", "linux/arm/v7", "linux/arm/v7"},
    {"i386", "linux/386", "linux/386"},
    {"linux/i386/x", "linux/386", "linux/386"},
    {"macos", "darwin/amd64", "darwin/amd64"},
    {"macos/arm64", "darwin/arm64", "darwin/arm64"},
    {"windows", "windows/amd64", "windows/amd64"},
    {"windows(10.0.17763)/amd64", "windows(10.0.17763)/amd64", "windows/amd64"},
    {"windows(10.0.17763+win32k)/amd64", "windows(10.0.17763+win32k)/amd64", "windows/amd64"},
    {"windows(10.0+b+a+b)/amd64", "windows(10.0+a+b)/amd64", "windows/amd64"},
    {"linux(+gpu%2Fx+a%2B%28%29%25)/amd64", "linux(+a%2B%28%29%25+gpu%2Fx)/amd64", "linux/amd64"},
    {"linux(%31)/amd64", "linux(1)/amd64", "linux/amd64"},
    {"foo/bar/baz", "foo/bar/baz", "foo/bar/baz"},
    {"linux()/amd64", "linux/amd64", "linux/amd64"},
    {"riscv64", "linux/riscv64", "linux/riscv64"},
    {"wasm", "linux/wasm", "linux/wasm"},
    {"wasi/wasm", "wasi/wasm", "wasi/wasm"},
    {"js", "js/amd64", "js/amd64"},
    {"linux(5)", "linux(5)/amd64", "linux/amd64"},
};

constexpr BadCase kBad[] = {
    {"", "\"\" is an invalid OS component of \"\": OSAndVersion specifier component must match \"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.%-]*)((?:\\\\+[A-Za-z0-9_.%-]+)*)\\\\))?$\": invalid argument"},
    {"*", "\"*\": wildcards not yet supported: invalid argument"},
    {"linux/*", "\"linux/*\": wildcards not yet supported: invalid argument"},
    {"foo", "\"foo\": unknown operating system or architecture: invalid argument"},
    {"linux/amd64/v1/x", "\"linux/amd64/v1/x\": cannot parse platform specifier: invalid argument"},
    {"linux/amd64/v1/x/y", "\"x/y\" is an invalid component of \"linux/amd64/v1/x/y\": platform specifier component must match \"^[A-Za-z0-9_.-]+$\": invalid argument"},
    {"/amd64", "\"\" is an invalid OS component of \"/amd64\": OSAndVersion specifier component must match \"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.%-]*)((?:\\\\+[A-Za-z0-9_.%-]+)*)\\\\))?$\": invalid argument"},
    {"linux/", "\"\" is an invalid component of \"linux/\": platform specifier component must match \"^[A-Za-z0-9_.-]+$\": invalid argument"},
    {"linux//v8", "\"\" is an invalid component of \"linux//v8\": platform specifier component must match \"^[A-Za-z0-9_.-]+$\": invalid argument"},
    // Not containerd's, which takes them.
    {"linux/./v8", "\"linux/./v8\": \".\" is an invalid component: invalid argument"},
    {"linux/arm/..", "\"linux/arm/..\": \"..\" is an invalid component: invalid argument"},
    {"li nux/amd64", "\"li nux\" is an invalid OS component of \"li nux/amd64\": OSAndVersion specifier component must match \"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.%-]*)((?:\\\\+[A-Za-z0-9_.%-]+)*)\\\\))?$\": invalid argument"},
    {"linux(/amd64", "\"linux(\" is an invalid OS component of \"linux(/amd64\": OSAndVersion specifier component must match \"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.%-]*)((?:\\\\+[A-Za-z0-9_.%-]+)*)\\\\))?$\": invalid argument"},
    {"linux(1/amd64", "\"linux(1\" is an invalid OS component of \"linux(1/amd64\": OSAndVersion specifier component must match \"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.%-]*)((?:\\\\+[A-Za-z0-9_.%-]+)*)\\\\))?$\": invalid argument"},
    {"linux(1)x/amd64", "\"linux(1)x\" is an invalid OS component of \"linux(1)x/amd64\": OSAndVersion specifier component must match \"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.%-]*)((?:\\\\+[A-Za-z0-9_.%-]+)*)\\\\))?$\": invalid argument"},
    {"linux(1+)/amd64", "\"linux(1+)\" is an invalid OS component of \"linux(1+)/amd64\": OSAndVersion specifier component must match \"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.%-]*)((?:\\\\+[A-Za-z0-9_.%-]+)*)\\\\))?$\": invalid argument"},
    {"linux(1 2)/amd64", "\"linux(1 2)\" is an invalid OS component of \"linux(1 2)/amd64\": OSAndVersion specifier component must match \"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.%-]*)((?:\\\\+[A-Za-z0-9_.%-]+)*)\\\\))?$\": invalid argument"},
    {"linux(%zz)/amd64", "\"linux(%zz)/amd64\" has an invalid OS version \"%zz\": invalid URL escape \"%zz\""},
    {"linux(+%4)/amd64", "\"linux(+%4)/amd64\" has invalid OS features: invalid os feature \"%4\": invalid URL escape \"%4\""},
    {"lin.ux/amd64", "\"lin.ux\" is an invalid OS component of \"lin.ux/amd64\": OSAndVersion specifier component must match \"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.%-]*)((?:\\\\+[A-Za-z0-9_.%-]+)*)\\\\))?$\": invalid argument"},
    {"linux/am(d)64", "\"am(d)64\" is an invalid component of \"linux/am(d)64\": platform specifier component must match \"^[A-Za-z0-9_.-]+$\": invalid argument"},
    {"linux/\"", "\"\\\"\" is an invalid component of \"linux/\\\"\": platform specifier component must match \"^[A-Za-z0-9_.-]+$\": invalid argument"},
    {"amd64(1)", "\"amd64(1)\": unknown operating system or architecture: invalid argument"},
    {"linux((1))/amd64", "\"linux((1))\" is an invalid OS component of \"linux((1))/amd64\": OSAndVersion specifier component must match \"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.%-]*)((?:\\\\+[A-Za-z0-9_.%-]+)*)\\\\))?$\": invalid argument"},
    {"linux(a/b)/amd64", "\"linux(a\" is an invalid OS component of \"linux(a/b)/amd64\": OSAndVersion specifier component must match \"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.%-]*)((?:\\\\+[A-Za-z0-9_.%-]+)*)\\\\))?$\": invalid argument"},
    {"linux/amd64\n", "\"amd64\\n\" is an invalid component of \"linux/amd64\\n\": platform specifier component must match \"^[A-Za-z0-9_.-]+$\": invalid argument"},
};
// clang-format on

// Whether the architecture comes from the machine that the test runs on.
bool NamesOnlyAnOs(const GoodCase& good) {
  return !absl::StrContains(good.text, '/') &&
         !absl::StartsWithIgnoreCase(good.full, absl::StrCat("linux/", good.text)) &&
         absl::EndsWith(good.full, "/amd64");
}

TEST(PlatformTest, ParsesAndFormats) {
  for (const GoodCase& good : kGood) {
    SCOPED_TRACE(good.text);
    absl::StatusOr<Platform> platform = ParsePlatform(good.text);
    ASSERT_TRUE(platform.ok()) << platform.status();
    if (NamesOnlyAnOs(good)) platform->architecture = "amd64";
    EXPECT_EQ(FormatFull(*platform), good.full);
    EXPECT_EQ(FormatShort(*platform), good.brief);
  }
}

TEST(PlatformTest, RefusesWithContainerdsWording) {
  for (const BadCase& bad : kBad) {
    const absl::StatusOr<Platform> platform = ParsePlatform(bad.text);
    EXPECT_EQ(platform.status().message(), bad.message);
    EXPECT_EQ(ReasonOf(platform.status()), Reason::kInvalidInput) << bad.text;
  }
}

TEST(PlatformTest, NormalisesFields) {
  const Platform platform = Normalize({.architecture = "AMD64",
                                       .os = "Linux",
                                       .os_version = "1(2)",
                                       .os_features = {"", "z", "a", "z"},
                                       .variant = "V1"});
  EXPECT_EQ(platform,
            (Platform{.architecture = "amd64", .os = "linux", .os_version = "1(2)", .os_features = {"", "a", "z"}}));
  EXPECT_EQ(FormatFull(platform), "linux(1%282%29+a+z)/amd64");
  EXPECT_EQ(Normalize({}), (Platform{.os = "linux"}));
}

TEST(PlatformTest, FormatsWhatIsNotNormalised) {
  EXPECT_EQ(FormatFull({}), "unknown");
  EXPECT_EQ(FormatShort({.architecture = "arm"}), "unknown");
  EXPECT_EQ(FormatFull({.architecture = "a/../b", .os = "linux"}), "linux/b");
  EXPECT_EQ(FormatFull({.architecture = "AMD64",
                        .os = "Linux",
                        .os_version = "1(2)",
                        .os_features = {"", "z", "a", "z"},
                        .variant = "V1"}),
            "Linux(1%282%29+a+z)/AMD64/V1");
}

TEST(PlatformTest, HostIsNormalised) {
  EXPECT_EQ(HostPlatform(), Normalize(HostPlatform()));
  EXPECT_EQ(HostPlatform().os, "linux");
}

TEST(PlatformTest, AWantedOneWithoutAVersionStandsForAllVersions) {
  const Platform any{.architecture = "amd64", .os = "windows"};
  const Platform one{.architecture = "amd64", .os = "windows", .os_version = "10.0.20348.1", .os_features = {"win32k"}};
  const Platform other{.architecture = "amd64", .os = "windows", .os_version = "10.0.17763.1"};
  EXPECT_TRUE(Matches(any, one));
  EXPECT_TRUE(Matches(one, one));
  EXPECT_FALSE(Matches(one, other));
  EXPECT_FALSE(Matches(one, any));
  EXPECT_FALSE(Matches({.architecture = "arm64", .os = "windows"}, one));
  EXPECT_FALSE(Matches({.architecture = "amd64", .os = "linux"}, one));
  EXPECT_FALSE(Matches({.architecture = "amd64", .os = "windows", .variant = "v2"}, one));
}

}  // namespace
}  // namespace waybill::oci
