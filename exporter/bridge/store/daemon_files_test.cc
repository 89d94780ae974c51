// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/store/daemon_files.h"

#include <fcntl.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"

namespace waybill::exporter::bridge::store {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

class LateClock : public oci::SystemClock {
 public:
  absl::Time Now() override { return absl::Now() + late; }
  absl::Duration late;
};

// A daemon whose root directory is a directory of the test's, as that of a container is. Its API is a store in memory.
class DaemonFilesTest : public ::testing::Test {
 protected:
  DaemonFilesTest() {
    root_ = fs::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  void Write(const std::string& store, absl::string_view bytes, const std::string& content) const {
    const fs::path directory = root_ / store / "blobs/sha256";
    fs::create_directories(directory);
    std::ofstream(directory / std::string(oci::Digest::Of(bytes).hex())) << content;
  }
  void Write(const std::string& store, const std::string& bytes) const { Write(store, bytes, bytes); }
  absl::StatusOr<DaemonProcess> Process() {
    ++looked_;
    if (!there_) return oci::MakeError(oci::Reason::kNetwork, "nobody");
    DaemonProcess process;
    process.pid = 1;
    process.root = *oci::file::OpenDirectory(root_.string());
    process.arguments = arguments_;
    return process;
  }
  std::string Fetch(const std::string& bytes) {
    const auto read = oci::content::VerifiedBytes(
        oci::Context(), files_, {.digest = oci::Digest::Of(bytes), .size = static_cast<int64_t>(bytes.size())}, 1000);
    return read.ok() ? *read : std::string(read.status().message());
  }
  static std::string Missing(const std::string& bytes) {
    return absl::StrCat("blob ", oci::Digest::Of(bytes).ToString(), " not found");
  }

  fs::path root_;
  std::vector<std::string> arguments_ = {"buildkitd"};
  bool there_ = true;
  int looked_ = 0;
  std::vector<std::string> found_;
  LateClock clock_;
  oci::content::store::MemoryStore api_;
  DaemonFiles files_{{.process = [this] { return Process(); },
                      .api = api_,
                      .clock = clock_,
                      .on_found = [this](absl::string_view path) { found_.emplace_back(path); }}};
};

TEST_F(DaemonFilesTest, FindsTheStoreOfAWorker) {
  Write("var/lib/buildkit/runc-native/content", "blob");
  api_.Add("blob");
  ASSERT_TRUE(files_.Find(oci::Context()).ok());
  EXPECT_THAT(found_, ElementsAre("/var/lib/buildkit/runc-native/content"));
  Write("var/lib/buildkit/runc-native/content", "later");
  EXPECT_EQ(Fetch("later"), "later");
}

TEST_F(DaemonFilesTest, TheCommandLineAndTheSettingsNameTheRoot) {
  Write("srv/kit/runc-overlayfs/content", "blob");
  api_.Add("blob");
  EXPECT_EQ(oci::ReasonOf(files_.Find(oci::Context())), oci::Reason::kNotFound);
  arguments_ = {"buildkitd", "--root=/srv/kit"};
  EXPECT_TRUE(files_.Find(oci::Context()).ok());
  arguments_ = {"buildkitd", "--config", "/etc/kit.toml"};
  fs::create_directories(root_ / "etc");
  std::ofstream(root_ / "etc/kit.toml") << "root = '/srv/kit'\n";
  EXPECT_TRUE(files_.Find(oci::Context()).ok());
  EXPECT_THAT(found_, ElementsAre("/srv/kit/runc-overlayfs/content")) << "told once";
}

TEST_F(DaemonFilesTest, LinksBeginAtTheDaemonsRoot) {
  Write("data/runc-overlayfs/content", "blob");
  api_.Add("blob");
  fs::create_directories(root_ / "var/lib");
  fs::create_symlink("/data", root_ / "var/lib/buildkit");
  EXPECT_TRUE(files_.Find(oci::Context()).ok());
  EXPECT_EQ(Fetch("blob"), "blob");
}

TEST_F(DaemonFilesTest, ADirectoryThatTheDaemonDoesNotShowIsNotUsed) {
  const std::string store = "var/lib/buildkit/runc-overlayfs/content";
  Write(store, "of another daemon");
  Write(store, "damaged", "DAMAGED");
  api_.Add("damaged");
  EXPECT_EQ(oci::ReasonOf(files_.Find(oci::Context())), oci::Reason::kNotFound);
  EXPECT_EQ(Fetch("of another daemon"), Missing("of another daemon"));
  EXPECT_TRUE(found_.empty());
}

TEST_F(DaemonFilesTest, LooksAgainWhenABlobIsMissingButNotForEach) {
  EXPECT_EQ(Fetch("blob"), Missing("blob"));
  EXPECT_EQ(looked_, 1);
  Write("var/lib/buildkit/runc-overlayfs/content", "blob");
  api_.Add("blob");
  EXPECT_EQ(Fetch("blob"), Missing("blob"));
  EXPECT_EQ(looked_, 1) << "too soon";
  clock_.late += absl::Seconds(2);
  EXPECT_EQ(Fetch("blob"), "blob");
  EXPECT_EQ(Fetch("blob"), "blob");
  EXPECT_EQ(looked_, 2);
}

TEST_F(DaemonFilesTest, FollowsADaemonThatStartsWithAnotherRoot) {
  Write("var/lib/buildkit/runc-overlayfs/content", "blob");
  api_.Add("blob");
  ASSERT_TRUE(files_.Find(oci::Context()).ok());
  there_ = false;
  EXPECT_EQ(Fetch("new"), Missing("new"));
  there_ = true;
  arguments_ = {"buildkitd", "--root", "/new"};
  Write("new/runc-overlayfs/content", "new");
  api_.Add("new");
  clock_.late += absl::Seconds(2);
  EXPECT_EQ(Fetch("new"), "new");
  EXPECT_THAT(found_, ElementsAre("/var/lib/buildkit/runc-overlayfs/content", "/new/runc-overlayfs/content"));
}

TEST_F(DaemonFilesTest, AFileOfAnotherSizeIsLeftToTheApi) {
  Write("var/lib/buildkit/runc-overlayfs/content", "blob");
  api_.Add("blob");
  ASSERT_TRUE(files_.Find(oci::Context()).ok());
  Write("var/lib/buildkit/runc-overlayfs/content", "cut", "c");
  EXPECT_EQ(Fetch("cut"), Missing("cut"));
}

}  // namespace
}  // namespace waybill::exporter::bridge::store
