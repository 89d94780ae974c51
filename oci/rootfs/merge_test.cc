// SPDX-License-Identifier: Apache-2.0
// Expected trees follow the OCI image spec, "Image Layer Filesystem Changeset", and what containerd unpacks onto an
// overlay file system.
#include "oci/rootfs/merge.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/io/string.h"
#include "oci/rootfs/resolve.h"
#include "oci/rootfs/testing/layer_maker.h"

namespace waybill::oci::rootfs {
namespace {

using testing::Directory;
using ::testing::ElementsAre;
using testing::File;
using testing::HardLink;
using ::testing::HasSubstr;
using testing::Item;
using testing::MakeLayer;
using testing::Symlink;

using Layer = std::vector<Item>;

absl::Status Merge(const std::vector<Layer>& layers, Tree& tree) {
  for (size_t i = 0; i < layers.size(); ++i) {
    const std::string archive = MakeLayer(layers[i]);
    io::StringReader tar(archive);
    const absl::Status status = AddLayer(Context(), tar, static_cast<uint16_t>(i), tree);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// "path" of directories with a slash, " -> target" of links, " size@layer" of files.
std::vector<std::string> List(const Tree& tree) {
  std::vector<std::string> lines;
  std::vector<NodeId> todo = {kRoot};
  while (!todo.empty()) {
    const NodeId node = todo.back();
    todo.pop_back();
    const Inode& inode = tree.inode(node);
    std::string line = PathOf(tree, node);
    if (inode.kind == Kind::kDirectory) {
      line += "/";
      const std::vector<NodeId> children = tree.SortedChildren(node);
      todo.insert(todo.end(), children.rbegin(), children.rend());
    }
    if (inode.kind == Kind::kSymlink) absl::StrAppend(&line, " -> ", tree.TargetOf(inode));
    if (inode.kind == Kind::kFile) absl::StrAppend(&line, " ", inode.size, "@", inode.layer);
    if (node != kRoot) lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> Merged(const std::vector<Layer>& layers) {
  Tree tree;
  EXPECT_EQ(Merge(layers, tree), absl::OkStatus());
  return List(tree);
}

TEST(AddLayerTest, LaterEntriesReplaceEarlierOnes) {
  EXPECT_THAT(Merged({{Directory("d"), File("d/a", "1"), File("d/b", "1"), Directory("e"), File("e/c", "1")},
                      {File("d/a", "22"), Directory("d"), File("e", "333"), Directory("f/g")}}),
              ElementsAre("d/", "d/a 2@1", "d/b 1@0", "e 3@1", "f/", "f/g/"));
}

TEST(AddLayerTest, WhiteoutsHideWhatIsBelow) {
  EXPECT_THAT(Merged({{File("d/a", "1"), File("d/b", "1"), File("e/x/y", "1"), File("f", "1")},
                      {File("d/.wh.a", ""), File(".wh.e", ""), File(".wh.nothing", ""), File(".wh..wh.plnk", "")}}),
              ElementsAre("d/", "d/b 1@0", "f 1@0"));
}

// Whatever their order in the archive.
TEST(AddLayerTest, WhiteoutsSpareTheirOwnLayer) {
  EXPECT_THAT(
      Merged({{File("d/a", "1"), File("d/b", "1")}, {File("d/a", "22"), File("d/.wh.a", ""), File(".wh.d", "")}}),
      ElementsAre("d/", "d/a 2@1"));
  EXPECT_THAT(Merged({{File("d/a", "1"), File("d/b", "1")}, {File(".wh.d", ""), File("d/a", "22")}}),
              ElementsAre("d/", "d/a 2@1"));
}

TEST(AddLayerTest, OpaqueDirectoriesHideWhatIsBelow) {
  const Layer lower = {File("d/a", "1"), File("d/s/b", "1"), File("d/t/c", "1"), File("e", "1")};
  EXPECT_THAT(Merged({lower, {Directory("d"), File("d/.wh..wh..opq", ""), File("d/n", "1")}}),
              ElementsAre("d/", "d/n 1@1", "e 1@0"));
  EXPECT_THAT(Merged({lower, {File("d/s/n", "1"), File("d/.wh..wh..opq", "")}}),
              ElementsAre("d/", "d/s/", "d/s/n 1@1", "e 1@0"));
}

TEST(AddLayerTest, HardLinksShareAnInode) {
  Tree tree;
  ASSERT_EQ(Merge({{File("a", "1"), HardLink("b", "a")}, {HardLink("c", "/b"), File("a", "22")}}, tree),
            absl::OkStatus());
  EXPECT_THAT(List(tree), ElementsAre("a 2@1", "b 1@0", "c 1@0"));
  EXPECT_EQ(tree.inode_of(*tree.Find(kRoot, "b")), tree.inode_of(*tree.Find(kRoot, "c")));
  EXPECT_EQ(tree.inode(*tree.Find(kRoot, "b")).names, 2u);
  EXPECT_EQ(tree.inode(*tree.Find(kRoot, "a")).names, 1u);
}

TEST(AddLayerTest, RefusesHardLinksToNothing) {
  const std::pair<Layer, std::string> wrong[] = {
      {{HardLink("b", "a")}, "\"b\": hard link to \"a\": no such file"},
      {{Directory("d"), HardLink("b", "d")}, "\"b\": hard link to \"d\": a directory"},
      {{File("d/a", "1"), HardLink("d", "d/a")}, "\"d\": a hard link replaces the directory of its target"},
  };
  for (const auto& [layer, text] : wrong) {
    Tree tree;
    const absl::Status status = Merge({layer}, tree);
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
    EXPECT_EQ(status.message(), text);
  }
}

TEST(AddLayerTest, NoPathLeavesTheTree) {
  EXPECT_THAT(
      Merged({{File("../../a", "1"), File("/b", "1"), File("d/../../../c", "1"), File("./e", "1"), Directory("."),
               Directory(".."), Symlink("out", "../../../../tmp"), File("out/f", "1"), HardLink("h", "../../c")}}),
      ElementsAre("a 1@0", "b 1@0", "c 1@0", "e 1@0", "h 1@0", "out -> ../../../../tmp", "tmp/", "tmp/f 1@0"));
}

TEST(AddLayerTest, PathsFollowLinksOfTheirOwnLayerOnly) {
  EXPECT_THAT(Merged({{Directory("usr/lib"), Symlink("lib", "usr/lib"), File("lib/a", "1")}, {File("lib/b", "1")}}),
              ElementsAre("lib/", "lib/b 1@1", "usr/", "usr/lib/", "usr/lib/a 1@0"));
  Tree tree;
  EXPECT_THAT(std::string(Merge({{Symlink("l", "l"), File("l/a", "1")}}, tree).message()),
              HasSubstr("too many symbolic links"));
  Tree other;
  EXPECT_THAT(std::string(Merge({{File("f", "1"), File("f/a", "1")}}, other).message()),
              HasSubstr("a path goes through a file"));
}

TEST(AddLayerTest, KeepsMetadata) {
  tar::Entry device{.name = "dev", .type = tar::kCharDevice, .mode = 020666, .uid = 5, .gid = 70000};
  device.device_major = 1;
  device.device_minor = 3;
  device.mtime = {1500000000, 123456789};
  tar::Entry file{.name = "f", .mode = 04755};
  file.records = {{"SCHILY.xattr.user.a", "1"}, {"SCHILY.xattr.user.b", std::string("\0x", 2)}, {"comment", "c"}};
  file.mtime = {-5, 0};
  file.format = tar::Format::kPax;
  device.format = tar::Format::kPax;
  Tree tree;
  ASSERT_EQ(Merge({{{device}, {file}}}, tree), absl::OkStatus());
  const Inode& dev = tree.inode(*tree.Find(kRoot, "dev"));
  EXPECT_EQ(dev.kind, Kind::kCharDevice);
  EXPECT_EQ(dev.mode, 0666);
  EXPECT_EQ(dev.uid, 5u);
  EXPECT_EQ(dev.gid, 70000u);
  EXPECT_EQ(dev.mtime, 1500000000123456789);
  EXPECT_EQ(dev.place, int64_t{1} << 32 | 3);
  const Inode& f = tree.inode(*tree.Find(kRoot, "f"));
  EXPECT_EQ(f.mode, 04755);
  EXPECT_EQ(f.mtime, 0);
  EXPECT_THAT(tree.XattrsOf(f), ElementsAre(Xattr("user.a", "1"), Xattr("user.b", std::string("\0x", 2))));
}

TEST(AddLayerTest, RefusesWhatNoFileSystemTakes) {
  const std::pair<Item, std::string> wrong[] = {
      {File(std::string(256, 'n'), ""), "the name is too long"},
      {File(
           std::string(3000, '/') + std::string(200, 'a') + "/" +
               [] {
                 std::string deep;
                 for (int i = 0; i < 2100; ++i) deep += "d/";
                 return deep;
               }() +
               "x",
           ""),
       "a path is longer than 4096 bytes"},
      {Symlink("l", std::string(4097, 't')), "the target of a link is too long"},
      {File(".wh.", ""), "a whiteout names no file"},
      {File(".wh...", ""), "a whiteout names no file"},
      {{{.name = "odd", .type = 'V'}}, "an entry of type 'V'"},
  };
  for (const auto& [item, text] : wrong) {
    Tree tree;
    const absl::Status status = Merge({{item}}, tree);
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(text));
  }
}

}  // namespace
}  // namespace waybill::oci::rootfs
