// SPDX-License-Identifier: Apache-2.0
// Expected files: those that BuildKit's local exporter left (testdata/golden).
#include "oci/rootfs/disk/directory_output.h"

#include <grp.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"
#include "oci/rootfs/testing/image_maker.h"

namespace waybill::oci::rootfs::disk {
namespace {

namespace fs = std::filesystem;
using file::testing::NewTempDir;
using file::testing::ReadFile;
using file::testing::WriteFile;
using testing::Directory;
using ::testing::ElementsAre;
using testing::File;
using testing::HardLink;
using testing::Image;
using testing::Item;
using testing::Symlink;

struct stat Status(const std::string& path) {
  struct stat status = {};
  EXPECT_EQ(lstat(path.c_str(), &status), 0) << path;
  return status;
}

// "name mode mtime size-or-target" of everything below the directory, sorted.
std::vector<std::string> List(const std::string& root) {
  std::vector<std::string> lines;
  for (const auto& file : fs::recursive_directory_iterator(root)) {
    const struct stat status = Status(file.path());
    std::string line = absl::StrCat(file.path().lexically_relative(root).string(), " ",
                                    absl::StrFormat("%o", status.st_mode), " ", status.st_mtim.tv_sec);
    if (file.is_symlink()) absl::StrAppend(&line, " ", fs::read_symlink(file.path()).string());
    if (file.is_regular_file() && !file.is_symlink())
      absl::StrAppend(&line, " ", Digest::Of(ReadFile(file.path())).hex());
    lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

// The same of a recording.
std::vector<std::string> ListRecorded(const nlohmann::json& files) {
  std::vector<std::string> lines;
  for (const nlohmann::json& file : files) {
    std::string mode = file["mode"];
    if (mode[0] == '0') mode.erase(0, 1);
    std::string line = absl::StrCat(file["name"].get<std::string>(), " ", mode, " ", file["mtime"].get<int64_t>());
    if (file.contains("linkname")) absl::StrAppend(&line, " ", file["linkname"].get<std::string>());
    if (file.contains("sha256")) absl::StrAppend(&line, " ", file["sha256"].get<std::string>());
    lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

TEST(WriteDirectoryTest, LeavesTheFilesOfBuildKit) {
  for (const std::string name : {"local-single", "local-single-att", "local-single-att-prefix", "local-multi-att"}) {
    const nlohmann::json golden =
        nlohmann::json::parse(ReadFile(absl::StrCat("testdata/golden/cases/", name, ".json")), nullptr, false);
    const nlohmann::json& expected = golden["expect"]["directory"];
    std::map<std::string, Image> images;
    std::vector<DirectoryPart> parts;
    for (const auto& [key, ref] : golden["result"]["refs"].items()) {
      const std::string folder = absl::StrReplaceAll(key, {{"/", "_"}});
      Image& image = images[folder];
      image.AddRecordedLayers(ref);
      image.AddRecordedStatements(expected, folder);
      parts.push_back({.tree = image.tree, .files = *image.files, .folder = folder, .epoch = 1700000000});
    }
    const std::string root = NewTempDir() + "/made/here";
    const auto report = WriteDirectory(Context(), root, parts, {});
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(List(root), ListRecorded(expected)) << name;
    EXPECT_EQ(report->Warning(), "");
    EXPECT_EQ(report->files, static_cast<int64_t>(expected.size()));
  }
}

absl::StatusOr<DirectoryReport> Write(const std::vector<Item>& layer, const std::string& root,
                                      const DirectoryOptions& options = {}) {
  Image image;
  image.Add(layer);
  image.Finish();
  return WriteDirectory(Context(), root, {{.tree = image.tree, .files = *image.files}}, options);
}

// Names and their bytes.
std::vector<std::string> Names(const std::string& root) {
  std::vector<std::string> names;
  for (const auto& file : fs::recursive_directory_iterator(root)) {
    names.push_back(file.path().lexically_relative(root).string());
    if (file.is_regular_file() && !file.is_symlink()) names.back() += " " + ReadFile(file.path());
  }
  std::sort(names.begin(), names.end());
  return names;
}

TEST(WriteDirectoryTest, CopiesIntoWhatIsThere) {
  const std::string root = NewTempDir();
  fs::create_directories(root + "/d/kept");
  fs::create_directories(root + "/file/was/a/directory");
  WriteFile(root + "/d/f", "old");
  WriteFile(root + "/dir", "was a file");
  fs::permissions(root + "/d", fs::perms::owner_read | fs::perms::owner_exec);
  ASSERT_TRUE(Write({File("d/f", "new"), File("file", "x"), Directory("dir"), HardLink("h", "d/f")}, root).ok());
  EXPECT_THAT(Names(root), ElementsAre("d", "d/f new", "d/kept", "dir", "file x", "h new"));
  EXPECT_EQ(Status(root + "/d/f").st_ino, Status(root + "/h").st_ino);
  EXPECT_EQ(Status(root + "/d").st_mode & 07777, 0755u);
  // And once more over its own work.
  ASSERT_TRUE(Write({File("d/f", "newer"), HardLink("h", "d/f")}, root).ok());
  EXPECT_THAT(Names(root), ElementsAre("d", "d/f newer", "d/kept", "dir", "file x", "h newer"));
}

TEST(WriteDirectoryTest, RemovesOthersWhenAsked) {
  const std::string root = NewTempDir();
  fs::create_directories(root + "/d/gone/deep/er");
  fs::create_directories(root + "/gone");
  WriteFile(root + "/d/gone/deep/er/f", "x");
  WriteFile(root + "/d/f", "old");
  fs::create_symlink("nowhere", root + "/link");
  fs::permissions(root + "/d/gone/deep", fs::perms::owner_read | fs::perms::owner_exec);
  const auto report = Write({File("d/f", "new"), File("e/g", "1")}, root, {.remove_others = true});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(Names(root), ElementsAre("d", "d/f new", "e", "e/g 1"));
  EXPECT_EQ(report->removed, 3);
}

TEST(WriteDirectoryTest, RemovesWhatNoPartHas) {
  const std::string root = NewTempDir();
  fs::create_directories(root + "/linux_s390x/old");
  fs::create_directories(root + "/linux_amd64/old");
  Image amd64, arm64;
  amd64.Add({File("f", "amd64")});
  arm64.Add({File("f", "arm64")});
  amd64.Finish();
  arm64.Finish();
  const auto report = WriteDirectory(Context(), root,
                                     {{.tree = amd64.tree, .files = *amd64.files, .folder = "linux_amd64"},
                                      {.tree = arm64.tree, .files = *arm64.files, .folder = "linux_arm64"}},
                                     {.remove_others = true});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(Names(root), ElementsAre("linux_amd64", "linux_amd64/f amd64", "linux_arm64", "linux_arm64/f arm64"));
}

Item Odd(const std::string& name, char type, int64_t mode, int64_t uid = 0) {
  Item item{{.name = name, .type = type, .mode = mode, .uid = uid, .gid = uid}};
  item.entry.device_major = type == tar::kFifo ? 0 : 1;
  item.entry.device_minor = type == tar::kFifo ? 0 : 3;
  item.entry.mtime = {1234567890, 0};
  return item;
}

std::vector<Item> OddFiles() {
  Item second = HardLink("null2", "null");
  second.entry.mode = 0666;
  Item attributes = File("attributes", "x");
  attributes.entry.records = {{"SCHILY.xattr.user.waybill", "v"}, {"SCHILY.xattr.com.apple.x", "v"}};
  return {Odd("null", tar::kCharDevice, 0666),
          second,
          Odd("fifo", tar::kFifo, 0640),
          Odd("owned", tar::kFile, 04755, 12345),
          Odd("readonly/", tar::kDirectory, 0555),
          File("readonly/f", "1"),
          attributes};
}

TEST(WriteDirectoryTest, RootKeepsOwnersAndDevices) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const std::string root = NewTempDir();
  const auto report = Write(OddFiles(), root);
  ASSERT_TRUE(report.ok()) << report.status();
  const struct stat device = Status(root + "/null");
  if (report->devices_left_out == 0) {
    EXPECT_TRUE(S_ISCHR(device.st_mode));
    EXPECT_EQ(device.st_rdev, makedev(1, 3));
    EXPECT_EQ(device.st_mode & 07777, 0666u);
    EXPECT_EQ(Status(root + "/null2").st_ino, device.st_ino);
  }
  EXPECT_EQ(Status(root + "/owned").st_uid, 12345u);
  EXPECT_EQ(Status(root + "/owned").st_mode & 07777, 04755u);
  EXPECT_EQ(Status(root + "/owned").st_mtim.tv_sec, 1234567890);
  EXPECT_EQ(Status(root + "/readonly").st_mode & 07777, 0555u);
  char value[8];
  if (report->xattrs_left_out == 0) {
    EXPECT_EQ(getxattr((root + "/attributes").c_str(), "user.waybill", value, sizeof value), 1);
  }
  const auto mine = Write({Odd("owned", tar::kFile, 04755, 12345)}, root, {.owners = false});
  ASSERT_TRUE(mine.ok());
  EXPECT_EQ(Status(root + "/owned").st_uid, geteuid());
}

// Runs `check` as another user when this one is root.
bool AsNobody(const std::function<bool()>& check) {
  if (geteuid() != 0) return check();
  const pid_t child = fork();
  if (child == 0) _exit(setgroups(0, nullptr) == 0 && setgid(65534) == 0 && setuid(65534) == 0 && check() ? 0 : 1);
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(WriteDirectoryTest, WithoutPrivilegesOneSentenceSaysWhatIsMissing) {
  const std::string root = NewTempDir();
  for (fs::path up = root; up != up.root_path(); up = up.parent_path()) {
    std::error_code ignored;
    fs::permissions(up, fs::perms::others_exec | fs::perms::others_read, fs::perm_options::add, ignored);
  }
  fs::permissions(root, fs::perms::all);
  const bool right = AsNobody([&] {
    const auto report = Write(OddFiles(), root + "/new");
    if (!report.ok()) return std::cerr << report.status() << "\n", false;
    if (report->xattrs_left_out == 0) {
      EXPECT_EQ(
          report->Warning(),
          "2 devices were left out, 5 files belong to you instead of their owners, because that needs other rights or "
          "another file system");
    }
    EXPECT_EQ(Status(root + "/new/owned").st_mode & 07777, 0755u);
    EXPECT_EQ(Status(root + "/new/readonly").st_mode & 07777, 0555u);
    EXPECT_TRUE(S_ISFIFO(Status(root + "/new/fifo").st_mode));
    // And again, over directories that it made read-only.
    EXPECT_TRUE(Write(OddFiles(), root + "/new").ok());
    return !::testing::Test::HasFailure();
  });
  EXPECT_TRUE(right);
}

TEST(WriteDirectoryTest, AFailureLeavesWholeFiles) {
  const std::string root = NewTempDir();
  Image image;
  image.Add({File("a", "1"), File("b", "22")});
  image.Finish();
  // Another layer under the same number.
  const std::unique_ptr<io::Source> other = std::move(image.blobs[0]);
  image.blobs.clear();
  Image wrong;
  wrong.Add({File("a", "1"), File("c", "333")});
  wrong.Finish();
  const auto report = WriteDirectory(Context(), root, {{.tree = image.tree, .files = *wrong.files}}, {});
  EXPECT_EQ(ReasonOf(report.status()), Reason::kInvalidInput);
  EXPECT_THAT(std::string(report.status().message()), ::testing::HasSubstr("\"b\": a layer is not the one"));
  EXPECT_THAT(Names(root), ElementsAre("a 1"));
}

TEST(WriteDirectoryTest, StopsWhenCancelled) {
  Image image;
  image.Add({File("a", "1")});
  image.Finish();
  std::stop_source stop;
  stop.request_stop();
  const std::string root = NewTempDir();
  EXPECT_EQ(
      WriteDirectory(Context().WithStop(stop.get_token()), root, {{.tree = image.tree, .files = *image.files}}, {})
          .status()
          .code(),
      absl::StatusCode::kCancelled);
  EXPECT_TRUE(Names(root).empty());
}

}  // namespace
}  // namespace waybill::oci::rootfs::disk
