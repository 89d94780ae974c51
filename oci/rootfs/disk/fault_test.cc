// SPDX-License-Identifier: Apache-2.0
// A full disk, a denied call or a kill at every step: what is there afterwards is whole.
#include <cerrno>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/fd.h"
#include "oci/file/testing/faults.h"
#include "oci/file/testing/files.h"
#include "oci/rootfs/disk/directory_output.h"
#include "oci/rootfs/disk/marker.h"
#include "oci/rootfs/disk/new_directory.h"
#include "oci/rootfs/testing/image_maker.h"

namespace waybill::oci::rootfs::disk {
namespace {

namespace fs = std::filesystem;
using file::testing::CanInjectFaults;
using file::testing::Fault;
using file::testing::FaultedRun;
using file::testing::kKill;
using file::testing::NewTempDir;
using file::testing::ReadFile;
using file::testing::RunWithFault;
using file::testing::WriteFile;
using ::testing::AnyOf;
using testing::Directory;
using ::testing::Eq;
using testing::File;
using testing::HardLink;
using testing::Image;
using ::testing::IsEmpty;
using testing::Symlink;

constexpr char kOld[] = "old";
// More than one write each.
const std::string kNew(300'000, 'n');

// Paths and the bytes or targets of what is below the directory; those of directories are "/".
std::map<std::string, std::string> Contents(const std::string& root) {
  std::map<std::string, std::string> contents;
  std::error_code error;
  for (const auto& file : fs::recursive_directory_iterator(root, error)) {
    const bool is_link = file.is_symlink();
    contents[file.path().lexically_relative(root).string()] = is_link ? fs::read_symlink(file.path()).string()
                                                              : file.is_directory() ? "/"
                                                                                    : ReadFile(file.path());
  }
  return contents;
}

bool IsHidden(const std::string& path) { return absl::StrContains(path, ".waybill-"); }

class DirectoryFaultTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!CanInjectFaults()) GTEST_SKIP() << "this kernel or container allows no seccomp notifier";
    image_.Add({File("a", kNew), Directory("d"), File("d/f", kNew), Symlink("d/s", "f"), Directory("n"),
                HardLink("n/y", "a"), Directory("n/deep"), File("n/deep/z", kNew)});
    image_.Finish();
  }

  // Runs with a fault of each call after the other, until one does not come. `check` sees the run and the destination.
  template <typename Check>
  void EachCall(int error, bool exists, bool remove_others, const Check& check) {
    for (size_t call = 0;; ++call) {
      const std::string top = NewTempDir();
      const std::string root = top + "/out";
      if (exists) {
        fs::create_directories(root + "/d/gone");
        WriteFile(root + "/a", kOld);
        WriteFile(root + "/d/f", kOld);
        WriteFile(root + "/kept", kOld);
      }
      const FaultedRun run = RunWithFault(top, Fault{.call = call, .error = error}, [&] {
        const auto report = WriteDirectory(Context(), root, {{.tree = image_.tree, .files = *image_.files}},
                                           {.remove_others = remove_others});
        if (report.ok()) return 0;
        return ReasonOf(report.status()) == Reason::kStorage ? 1 : 2;
      });
      if (!run.injected) {
        EXPECT_EQ(run.exit_code, 0);
        EXPECT_GT(call, 20u);
        return;
      }
      SCOPED_TRACE(absl::StrCat("call ", call, ": ", run.calls.size() > call ? run.calls[call] : ""));
      check(run, top, root);
      std::error_code ignored;
      fs::remove_all(top, ignored);
    }
  }

  // After another run nothing is hidden.
  void ExpectClearedUp(const std::string& top, const std::string& root) {
    const auto report = WriteDirectory(Context(), root, {{.tree = image_.tree, .files = *image_.files}}, {});
    ASSERT_TRUE(report.ok()) << report.status();
    for (const auto& [path, bytes] : Contents(top)) EXPECT_FALSE(IsHidden(path)) << path;
  }

  // Without what is under a hidden name.
  static std::map<std::string, std::string> Visible(const std::string& root) {
    std::map<std::string, std::string> contents = Contents(root);
    std::erase_if(contents, [](const auto& row) { return IsHidden(row.first); });
    return contents;
  }

  // Each file is the old one or the new one.
  static void ExpectWhole(const std::string& root) {
    for (const auto& [path, bytes] : Visible(root)) {
      if (path != "d/s") {
        EXPECT_THAT(bytes, AnyOf(Eq(kOld), Eq(kNew), Eq("/"))) << path;
      }
    }
  }

  static std::map<std::string, std::string> Complete() {
    return {{"a", kNew}, {"d", "/"},    {"d/f", kNew},   {"d/s", "f"},
            {"n", "/"},  {"n/y", kNew}, {"n/deep", "/"}, {"n/deep/z", kNew}};
  }

  Image image_;
};

TEST_F(DirectoryFaultTest, AFailureLeavesNothingOfANewDestination) {
  EachCall(ENOSPC, /*exists=*/false, /*remove_others=*/false,
           [](const FaultedRun& run, const std::string& top, const std::string& root) {
             ASSERT_THAT(run.exit_code, AnyOf(0, 1));
             if (run.exit_code == 0) {
               EXPECT_EQ(Contents(root), Complete());
             } else {
               EXPECT_THAT(Contents(top), IsEmpty());
             }
           });
}

TEST_F(DirectoryFaultTest, AFailureLeavesWholeFilesInADestinationThatWasThere) {
  EachCall(ENOSPC, /*exists=*/true, /*remove_others=*/true,
           [](const FaultedRun& run, const std::string&, const std::string& root) {
             ASSERT_THAT(run.exit_code, AnyOf(0, 1));
             const std::map<std::string, std::string> contents = Contents(root);
             for (const auto& [path, bytes] : contents) EXPECT_FALSE(IsHidden(path)) << path;
             ExpectWhole(root);
             if (run.exit_code == 0) {
               EXPECT_EQ(contents, Complete());
             } else if (contents.contains("n")) {
               EXPECT_EQ(contents.at("n/deep/z"), kNew);  // a directory that is new comes with everything in it
             } else {
               EXPECT_TRUE(contents.contains("kept"));  // others go when everything is written
             }
           });
}

TEST_F(DirectoryFaultTest, AKilledProcessLeavesWholeFilesAndTheNextOneClearsUp) {
  EachCall(kKill, /*exists=*/true, /*remove_others=*/false,
           [this](const FaultedRun& run, const std::string& top, const std::string& root) {
             EXPECT_TRUE(run.killed);
             ExpectWhole(root);
             EXPECT_EQ(Visible(root).count("kept"), 1u);
             ExpectClearedUp(top, root);
           });
  EachCall(kKill, /*exists=*/false, /*remove_others=*/false,
           [this](const FaultedRun& run, const std::string& top, const std::string& root) {
             EXPECT_TRUE(run.killed);
             if (fs::exists(root)) {
               EXPECT_EQ(Contents(root), Complete());
             }
             ExpectClearedUp(top, root);
           });
}

TEST_F(DirectoryFaultTest, WhatAnotherProcessIsWritingStays) {
  const std::string top = NewTempDir();
  fs::create_directories(top + "/old");
  const auto old = file::OpenDirectory(top + "/old");
  ASSERT_TRUE(old.ok()) << old.status();
  const auto marker = Marker::Create(*old);
  ASSERT_TRUE(marker.ok()) << marker.status();
  const std::string hidden = absl::StrCat(top, "/old/", (*marker)->hidden());
  WriteFile(hidden, kNew);
  const auto directory = NewDirectory::Create(top + "/new");
  ASSERT_TRUE(directory.ok()) << directory.status();
  for (const char* const destination : {"/old", "/other"}) {
    const auto report =
        WriteDirectory(Context(), top + destination, {{.tree = image_.tree, .files = *image_.files}}, {});
    ASSERT_TRUE(report.ok()) << report.status();
  }
  EXPECT_EQ(ReadFile(hidden), kNew);
  EXPECT_TRUE(fs::exists((*directory)->hidden_path()));
}

}  // namespace
}  // namespace waybill::oci::rootfs::disk
