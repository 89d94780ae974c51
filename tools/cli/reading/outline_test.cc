// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/reading/outline.h"

#include "gtest/gtest.h"

namespace waybill::cli::reading {
namespace {

// As `tree` of Debian draws directories, with narrower branches.
TEST(OutlineTest, BranchesGoOnWhileMoreComes) {
  EXPECT_EQ(Drawn({{0, "a"}, {1, "b"}, {2, "c"}, {3, "d"}, {2, "e"}, {1, "f"}, {2, "g"}}),
            "a\n"
            "├─ b\n"
            "│  ├─ c\n"
            "│  │  └─ d\n"
            "│  └─ e\n"
            "└─ f\n"
            "   └─ g\n");
  EXPECT_EQ(Drawn({{0, "a"}}), "a\n");
  EXPECT_EQ(Drawn({}), "");
}

}  // namespace
}  // namespace waybill::cli::reading
