// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/tree.h"

#include <malloc.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/io/string.h"
#include "oci/rootfs/document.h"
#include "oci/rootfs/resolve.h"
#include "oci/rootfs/tree_builder.h"

namespace waybill::oci::rootfs {
namespace {

constexpr Inode kFileInode{.mode = 0644, .kind = Kind::kFile};

Document Text(const std::string& bytes) {
  return {.bytes = std::make_unique<io::StringSource>(bytes), .mode = 0600, .mtime = 5};
}

std::string BytesOf(const Tree& tree, NodeId node) {
  return *io::ReadAll(Context(), tree.DocumentOf(tree.inode(node)), 100);
}

NodeId Link(TreeBuilder& tree, NodeId parent, absl::string_view name, absl::string_view target) {
  Inode inode{.kind = Kind::kSymlink};
  EXPECT_EQ(tree.SetTarget(target, inode), absl::OkStatus());
  return *tree.Add(parent, name, inode);
}

TEST(TreeTest, FindsAndSortsNames) {
  Tree tree;
  TreeBuilder builder(tree, 0);
  const NodeId b = *builder.Add(kRoot, "b", {});
  const NodeId a = *builder.Add(kRoot, "a", kFileInode);
  const NodeId c = *builder.Add(b, "c", kFileInode);
  EXPECT_EQ(tree.Find(kRoot, "a"), a);
  EXPECT_EQ(tree.Find(b, "a"), std::nullopt);
  EXPECT_EQ(tree.SortedChildren(kRoot), (std::vector<NodeId>{a, b}));
  EXPECT_EQ(PathOf(tree, c), "b/c");
  builder.Remove(b);
  EXPECT_EQ(tree.Find(b, "c"), std::nullopt);
  EXPECT_EQ(tree.SortedChildren(kRoot), std::vector<NodeId>{a});
  const NodeId again = *builder.Add(kRoot, "b", {});
  EXPECT_TRUE(tree.SortedChildren(again).empty());
}

TEST(TreeTest, ResolvesLinksInsideTheTree) {
  Tree tree;
  TreeBuilder builder(tree, 0);
  const NodeId usr = *builder.Add(kRoot, "usr", {});
  const NodeId lib = *builder.Add(usr, "lib", {});
  const NodeId file = *builder.Add(lib, "f", kFileInode);
  Link(builder, kRoot, "lib", "usr/lib");
  Link(builder, usr, "up", "../../../../lib");
  Link(builder, usr, "absolute", "/usr/lib");
  Link(builder, kRoot, "loop", "loop");
  for (const std::string path :
       {"usr/lib/f", "/lib/f", "lib/../lib/./f", "usr/up/f", "usr/absolute/f", "../../lib/f"}) {
    const absl::StatusOr<NodeId> node = Resolve(tree, path);
    ASSERT_TRUE(node.ok()) << path << node.status();
    EXPECT_EQ(*node, file) << path;
  }
  EXPECT_EQ(*Resolve(tree, ""), kRoot);
  EXPECT_EQ(ReasonOf(Resolve(tree, "lib/g").status()), Reason::kNotFound);
  EXPECT_EQ(ReasonOf(Resolve(tree, "loop/f").status()), Reason::kInvalidInput);
  EXPECT_EQ(ReasonOf(Resolve(tree, "lib/f/g").status()), Reason::kInvalidInput);
}

TEST(TreeTest, DocumentsReplaceFiles) {
  Tree tree;
  TreeBuilder builder(tree, 0);
  ASSERT_TRUE(builder.Add(kRoot, "sbom.json", kFileInode).ok());
  ASSERT_EQ(AddDocument(tree, kRoot, "sbom.json", Text("new")), absl::OkStatus());
  ASSERT_EQ(AddDocument(tree, kRoot, "a/b.json", Text("deep")), absl::OkStatus());
  const NodeId node = *tree.Find(kRoot, "sbom.json");
  EXPECT_EQ(BytesOf(tree, node), "new");
  EXPECT_EQ(tree.inode(node).size, 3);
  EXPECT_EQ(BytesOf(tree, *Resolve(tree, "a/b.json")), "deep");
  EXPECT_EQ(ReasonOf(AddDocument(tree, kRoot, "sbom.json/x", Text(""))), Reason::kInvalidInput);
  EXPECT_EQ(ReasonOf(AddDocument(tree, kRoot, "/", Text(""))), Reason::kInvalidInput);
  EXPECT_EQ(ReasonOf(AddDocument(tree, kRoot, "a", Text(""))), Reason::kInvalidInput);
}

TEST(TreeTest, NeedsLittleMemoryForAFile) {
  constexpr int kFolders = 1000;
  constexpr int kFiles = 200;
  const size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
  Tree tree;
  TreeBuilder builder(tree, 0);
  for (int folder = 0; folder < kFolders; ++folder) {
    const NodeId parent = *builder.Add(kRoot, absl::StrCat("directory-of-some-name-", folder), {});
    for (int file = 0; file < kFiles; ++file) {
      ASSERT_TRUE(builder.Add(parent, absl::StrCat("a-file-of-this-directory-", file), kFileInode).ok());
    }
  }
  const size_t used = mallinfo2().uordblks + mallinfo2().hblkhd - before;
  if (used != 0) {
    EXPECT_GT(used, size_t{50} * kFolders * kFiles);  // sanitizers count nothing
  }
  EXPECT_LT(used, size_t{150} * kFolders * kFiles);
}

}  // namespace
}  // namespace waybill::oci::rootfs
