// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/tree.h"

#include <malloc.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::oci::rootfs {
namespace {

constexpr Inode kFileInode{.mode = 0644, .kind = Kind::kFile};

NodeId Link(Tree& tree, NodeId parent, absl::string_view name, absl::string_view target) {
  Inode inode{.kind = Kind::kSymlink};
  EXPECT_EQ(tree.SetTarget(target, inode), absl::OkStatus());
  return *tree.Add(parent, name, inode, 0);
}

TEST(TreeTest, FindsAndSortsNames) {
  Tree tree;
  const NodeId b = *tree.Add(kRoot, "b", {}, 0);
  const NodeId a = *tree.Add(kRoot, "a", kFileInode, 0);
  const NodeId c = *tree.Add(b, "c", kFileInode, 0);
  EXPECT_EQ(tree.Find(kRoot, "a"), a);
  EXPECT_EQ(tree.Find(b, "a"), std::nullopt);
  EXPECT_EQ(tree.SortedChildren(kRoot), (std::vector<NodeId>{a, b}));
  EXPECT_EQ(tree.PathOf(c), "b/c");
  tree.Remove(b);
  EXPECT_EQ(tree.Find(b, "c"), std::nullopt);
  EXPECT_EQ(tree.SortedChildren(kRoot), std::vector<NodeId>{a});
  const NodeId again = *tree.Add(kRoot, "b", {}, 1);
  EXPECT_TRUE(tree.SortedChildren(again).empty());
}

TEST(TreeTest, ResolvesLinksInsideTheTree) {
  Tree tree;
  const NodeId usr = *tree.Add(kRoot, "usr", {}, 0);
  const NodeId lib = *tree.Add(usr, "lib", {}, 0);
  const NodeId file = *tree.Add(lib, "f", kFileInode, 0);
  Link(tree, kRoot, "lib", "usr/lib");
  Link(tree, usr, "up", "../../../../lib");
  Link(tree, usr, "absolute", "/usr/lib");
  Link(tree, kRoot, "loop", "loop");
  for (const std::string path :
       {"usr/lib/f", "/lib/f", "lib/../lib/./f", "usr/up/f", "usr/absolute/f", "../../lib/f"}) {
    const absl::StatusOr<NodeId> node = tree.Resolve(path);
    ASSERT_TRUE(node.ok()) << path << node.status();
    EXPECT_EQ(*node, file) << path;
  }
  EXPECT_EQ(*tree.Resolve(""), kRoot);
  EXPECT_EQ(ReasonOf(tree.Resolve("lib/g").status()), Reason::kNotFound);
  EXPECT_EQ(ReasonOf(tree.Resolve("loop/f").status()), Reason::kInvalidInput);
  EXPECT_EQ(ReasonOf(tree.Resolve("lib/f/g").status()), Reason::kInvalidInput);
}

TEST(TreeTest, DocumentsReplaceFiles) {
  Tree tree;
  ASSERT_TRUE(tree.Add(kRoot, "sbom.json", kFileInode, 0).ok());
  ASSERT_EQ(tree.AddDocument("sbom.json", "new", 0600, 5), absl::OkStatus());
  ASSERT_EQ(tree.AddDocument("a/b.json", "deep", 0600, 5), absl::OkStatus());
  const NodeId node = *tree.Find(kRoot, "sbom.json");
  EXPECT_EQ(tree.DocumentOf(tree.inode(node)), "new");
  EXPECT_EQ(tree.inode(node).size, 3);
  EXPECT_EQ(tree.DocumentOf(tree.inode(*tree.Resolve("a/b.json"))), "deep");
  EXPECT_EQ(ReasonOf(tree.AddDocument("sbom.json/x", "", 0600, 5)), Reason::kInvalidInput);
  EXPECT_EQ(ReasonOf(tree.AddDocument("/", "", 0600, 5)), Reason::kInvalidInput);
}

TEST(TreeTest, NeedsLittleMemoryForAFile) {
  constexpr int kFolders = 1000;
  constexpr int kFiles = 200;
  const size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
  Tree tree;
  for (int folder = 0; folder < kFolders; ++folder) {
    const NodeId parent = *tree.Add(kRoot, absl::StrCat("directory-of-some-name-", folder), {}, 0);
    for (int file = 0; file < kFiles; ++file) {
      ASSERT_TRUE(tree.Add(parent, absl::StrCat("a-file-of-this-directory-", file), kFileInode, 0).ok());
    }
  }
  const size_t used = mallinfo2().uordblks + mallinfo2().hblkhd - before;
  if (used != 0) EXPECT_GT(used, size_t{50} * kFolders * kFiles);  // sanitizers count nothing
  EXPECT_LT(used, size_t{150} * kFolders * kFiles);
}

}  // namespace
}  // namespace waybill::oci::rootfs
