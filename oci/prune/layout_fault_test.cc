// SPDX-License-Identifier: Apache-2.0
// A layout after every fault that the file operations of a pruning can have: each call fails with EIO or ENOSPC, or the
// process dies before it. Afterwards the image that stays is whole, and the next pruning ends the work.
#include <cerrno>
#include <filesystem>
#include <map>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/file/testing/faults.h"
#include "oci/file/testing/files.h"
#include "oci/prune/layout_pruner.h"
#include "oci/prune/testing/sample_layout.h"

namespace waybill::oci::prune {
namespace {

using file::testing::FaultedRun;
using file::testing::kKill;
using file::testing::NewTempDir;

constexpr int kErrors[] = {EIO, ENOSPC, kKill};

// OK when everything that was planned is removed.
bool Prune(const std::string& root) {
  LayoutPruner pruner(root, {});
  const auto plan = pruner.MakePlan(Context());
  if (!plan.ok()) return false;
  const auto outcomes = pruner.Apply(Context(), *plan);
  if (!outcomes.ok()) return false;
  for (const Outcome& outcome : *outcomes) {
    if (outcome.how != Outcome::How::kRemoved) return false;
  }
  return true;
}

class LayoutFaultTest : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    if (!file::testing::CanInjectFaults()) GTEST_SKIP() << "seccomp's notifier is not allowed here";
  }
};

INSTANTIATE_TEST_SUITE_P(Errors, LayoutFaultTest, ::testing::ValuesIn(kErrors), [](const auto& info) {
  return info.param == kKill ? std::string("Kill") : absl::StrCat("Errno", info.param);
});

TEST_P(LayoutFaultTest, TheImageThatStaysIsWhole) {
  const std::map<std::string, std::string> expected =
      testing::FilesOf(testing::MakeSecondAlone(NewTempDir() + "/layout"));
  const std::string origin = NewTempDir() + "/layout";
  testing::MakeSampleLayout(origin).RemoveFirst();
  const std::map<std::string, std::string> before = testing::FilesOf(origin);
  std::map<std::string, int> outcomes;
  for (size_t call = 0;; ++call) {
    const std::string parent = NewTempDir();
    const std::string root = parent + "/layout";
    std::filesystem::copy(origin, root, std::filesystem::copy_options::recursive);
    const FaultedRun run = file::testing::RunWithFault(parent, file::testing::Fault{.call = call, .error = GetParam()},
                                                       [&] { return Prune(root) ? 0 : 1; });
    if (!run.injected) {
      EXPECT_GT(call, 30u);
      break;
    }
    SCOPED_TRACE(absl::StrCat("before ", run.calls[call]));
    const std::map<std::string, std::string> after = testing::FilesOf(root);
    for (const auto& [name, bytes] : expected) {
      if (name == "index.json") continue;
      ASSERT_TRUE(after.contains(name)) << name;
      EXPECT_EQ(after.at(name), bytes) << name;
    }
    const bool is_new = after.at("index.json") == expected.at("index.json");
    EXPECT_TRUE(is_new || after.at("index.json") == before.at("index.json"));
    if (!is_new) {
      EXPECT_EQ(after, before) << "blobs go after the index";
    }
    if (run.exit_code == 0) {
      EXPECT_EQ(after, expected);
    }
    ++outcomes[absl::StrCat(run.killed           ? "killed"
                            : run.exit_code == 0 ? "succeeded"
                                                 : "failed",
                            is_new ? ", new index" : ", as before")];
    EXPECT_TRUE(Prune(root));
    EXPECT_EQ(testing::FilesOf(root), expected);
  }
  for (const auto& [outcome, count] : outcomes) printf("%6d  %s\n", count, outcome.c_str());
}

}  // namespace
}  // namespace waybill::oci::prune
