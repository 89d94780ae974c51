// SPDX-License-Identifier: Apache-2.0
// The expected texts are answers of Go's package path.
#include "oci/path.h"

#include "gtest/gtest.h"

namespace waybill::oci::path {
namespace {

struct Case {
  absl::string_view path;
  absl::string_view clean;
  absl::string_view base;
};

// clang-format off
constexpr Case kCases[] = {
    {"", ".", "."},
    {".", ".", "."},
    {"/", "/", "/"},
    {"//", "/", "/"},
    {"a", "a", "a"},
    {"a/", "a", "a"},
    {"/a", "/a", "a"},
    {"a//b", "a/b", "b"},
    {"./a", "a", "a"},
    {"a/.", "a", "."},
    {"a/..", ".", ".."},
    {"..", "..", ".."},
    {"../a", "../a", "a"},
    {"/..", "/", ".."},
    {"/../a", "/a", "a"},
    {"a/../../b", "../b", "b"},
    {"a/b/../../../c", "../c", "c"},
    {"/a/./b//c/..", "/a/b", ".."},
    {"a/b.spdx.json", "a/b.spdx.json", "b.spdx.json"},
    {"...", "...", "..."},
};
// clang-format on

TEST(PathTest, Cleans) {
  for (const Case& c : kCases) EXPECT_EQ(Clean(c.path), c.clean) << c.path;
}

TEST(PathTest, TakesTheLastElement) {
  for (const Case& c : kCases) EXPECT_EQ(Base(c.path), c.base) << c.path;
}

TEST(PathTest, Joins) {
  EXPECT_EQ(Join({}), "");
  EXPECT_EQ(Join({"", ""}), "");
  EXPECT_EQ(Join({"a", "", "b"}), "a/b");
  EXPECT_EQ(Join({"/", "x"}), "/x");
  EXPECT_EQ(Join({"", "x"}), "x");
  EXPECT_EQ(Join({"a", "../.."}), "..");
  EXPECT_EQ(Join({"/", "../x"}), "/x");
}

}  // namespace
}  // namespace waybill::oci::path
