// SPDX-License-Identifier: Apache-2.0
// Layers and destinations that try to have files written, changed or removed outside the destination.
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/file/testing/files.h"
#include "oci/rootfs/disk/directory_output.h"
#include "oci/rootfs/testing/image_maker.h"

namespace waybill::oci::rootfs::disk {
namespace {

namespace fs = std::filesystem;
using file::testing::NewTempDir;
using file::testing::ReadFile;
using file::testing::WriteFile;
using testing::Directory;
using testing::File;
using testing::HardLink;
using testing::Image;
using testing::Item;
using testing::Symlink;

// A destination beside a directory that must not change.
class EscapeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(outside_ + "/d");
    fs::create_directories(inside_);
    WriteFile(outside_ + "/secret", "secret");
    WriteFile(outside_ + "/d/f", "file");
    before_ = Snapshot();
  }

  std::string Snapshot() const {
    std::string text;
    std::vector<fs::path> paths = {top_};
    for (const auto& file : fs::recursive_directory_iterator(outside_)) paths.push_back(file.path());
    std::sort(paths.begin(), paths.end());
    for (const fs::path& path : paths) {
      struct stat status = {};
      EXPECT_EQ(lstat(path.c_str(), &status), 0);
      absl::StrAppend(&text, path.string(), " ", status.st_mode, " ", status.st_uid, " ", status.st_mtim.tv_sec, ".",
                      status.st_mtim.tv_nsec, " ", status.st_nlink, " ",
                      fs::is_regular_file(path) ? ReadFile(path) : "", "\n");
    }
    return text;
  }

  void Write(const std::vector<std::vector<Item>>& layers, bool remove_others = false) {
    Image image;
    for (const std::vector<Item>& layer : layers) image.Add(layer);
    image.Finish();
    const auto report = WriteDirectory(Context(), inside_, {{.tree = image.tree, .files = *image.files}},
                                       {.remove_others = remove_others});
    EXPECT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(Snapshot(), before_);
  }

  const std::string top_ = NewTempDir();
  const std::string outside_ = top_ + "/outside";
  const std::string inside_ = top_ + "/inside";
  std::string before_;
};

TEST_F(EscapeTest, NamesWithDotsAndSlashes) {
  Write({{File("../outside/secret", "!"), File("../../outside/secret", "!"), File("a/../../outside/d/f", "!"),
          File(outside_ + "/secret", "!"), File("//outside/secret", "!"), File("./../outside/new", "!"),
          Directory(".."), Directory("../.."), File("a/b/../../../../outside/secret", "!")}});
  EXPECT_EQ(ReadFile(inside_ + "/outside/secret"), "!");
}

TEST_F(EscapeTest, FilesThroughLinksOfTheSameLayer) {
  Write({{Symlink("rel", "../outside"), File("rel/secret", "!"), File("rel/d/f", "!"), Symlink("abs", outside_),
          File("abs/secret", "!"), File("abs/new", "!"), Symlink("file", "../outside/secret"), Symlink("up", ".."),
          File("up/outside/secret", "!"), Symlink("chain", "up/outside"), File("chain/secret", "!")}});
}

TEST_F(EscapeTest, FilesThroughLinksOfLowerLayers) {
  Write({{Symlink("rel", "../outside"), Symlink("abs", outside_), Symlink("file", outside_ + "/secret")},
         {File("rel/secret", "!"), File("abs/d/f", "!"), File("file", "!"), File("abs/.wh.secret", ""),
          File("rel/.wh..wh..opq", "")}});
  EXPECT_EQ(ReadFile(inside_ + "/file"), "!");
}

TEST_F(EscapeTest, ALinkThatIsReplacedByItsOwnTarget) {
  Write({{Symlink("x", outside_), Directory("x"), File("x/secret", "!"), Symlink("y", outside_ + "/secret"),
          File("y", "!"), Directory("z"), Symlink("z", outside_), File("z/secret", "!")}});
}

TEST_F(EscapeTest, HardLinksToLinks) {
  Write({{Symlink("s", outside_ + "/secret"), HardLink("h", "s"), File("h", "!"), Symlink("d", outside_),
          HardLink("e", "d"), File("e/secret", "!")}});
}

TEST_F(EscapeTest, WhiteoutsRemoveNothingOutside) {
  Write({{File("../outside/.wh.secret", ""), File(".wh.outside", ""), File("../.wh.outside", ""),
          File("../.wh..wh..opq", ""), File(".wh....", "")}},
        true);
}

TEST_F(EscapeTest, LinksThatAreInTheDestinationAlready) {
  fs::create_directory_symlink(outside_, inside_ + "/d");
  fs::create_symlink(outside_ + "/secret", inside_ + "/f");
  fs::create_directories(inside_ + "/e");
  fs::create_directory_symlink("../../outside", inside_ + "/e/deep");
  Write({{File("d/secret", "!"), File("d/d/f", "!"), File("f", "!"), File("e/deep/secret", "!"), HardLink("h", "f")}});
  EXPECT_TRUE(fs::is_directory(fs::symlink_status(inside_ + "/d")));
  EXPECT_TRUE(fs::is_directory(fs::symlink_status(inside_ + "/e/deep")));
  EXPECT_EQ(ReadFile(inside_ + "/f"), "!");
}

TEST_F(EscapeTest, RemovingOthersRemovesLinksOnly) {
  fs::create_directories(inside_ + "/gone/deep");
  fs::create_directory_symlink(outside_, inside_ + "/gone/deep/d");
  fs::create_directory_symlink(outside_, inside_ + "/d");
  Write({{File("f", "!")}}, true);
  EXPECT_FALSE(fs::exists(fs::symlink_status(inside_ + "/d")));
  EXPECT_FALSE(fs::exists(inside_ + "/gone"));
}

// A link to the destination itself is the user's own choice.
TEST_F(EscapeTest, TheDestinationMayBeALink) {
  fs::create_directory_symlink("inside", top_ + "/link");
  before_ = Snapshot();
  Image image;
  image.Add({File("f", "!")});
  image.Finish();
  ASSERT_TRUE(WriteDirectory(Context(), top_ + "/link", {{.tree = image.tree, .files = *image.files}}, {}).ok());
  EXPECT_EQ(ReadFile(inside_ + "/f"), "!");
  EXPECT_EQ(Snapshot(), before_);
}

// Somebody swaps a directory for a link again and again while files are written below it.
TEST_F(EscapeTest, DirectoriesThatBecomeLinksMeanwhile) {
  std::vector<Item> layer;
  for (int i = 0; i < 50; ++i) layer.push_back(File(absl::StrCat("d/e/f", i), "!"));
  Image image;
  image.Add(layer);
  image.Finish();
  fs::create_directory_symlink(outside_, inside_ + "/link");
  std::atomic<bool> done = false;
  std::thread swapper([&] {
    while (!done) {
      (void)rename((inside_ + "/d").c_str(), (inside_ + "/aside").c_str());
      (void)rename((inside_ + "/link").c_str(), (inside_ + "/d").c_str());
      (void)rename((inside_ + "/d").c_str(), (inside_ + "/link").c_str());
      (void)rename((inside_ + "/aside").c_str(), (inside_ + "/d").c_str());
    }
  });
  for (int round = 0; round < 100; ++round) {
    // It may fail, as its directories go away; it may not follow.
    (void)WriteDirectory(Context(), inside_, {{.tree = image.tree, .files = *image.files}},
                         {.remove_others = round % 2 == 0})
        .ok();
    std::error_code ignored;
    if (!fs::exists(fs::symlink_status(inside_ + "/link")) && !fs::is_symlink(fs::symlink_status(inside_ + "/d"))) {
      fs::create_directory_symlink(outside_, inside_ + "/link", ignored);
    }
  }
  done = true;
  swapper.join();
  EXPECT_EQ(Snapshot(), before_);
}

}  // namespace
}  // namespace waybill::oci::rootfs::disk
