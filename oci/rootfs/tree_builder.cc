// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/tree_builder.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/words/quote.h"

namespace waybill::oci::rootfs {
namespace {

absl::Status WrongName(absl::string_view name, absl::string_view why) {
  return InvalidInputError(absl::StrCat("\"", words::Quoted(name), "\": ", why));
}

}  // namespace

absl::StatusOr<NodeId> TreeBuilder::Add(NodeId parent, absl::string_view name, const Inode& inode) {
  if (tree_.inodes_.size() >= kMaxFiles) return InvalidInputError("the file system has too many files");
  tree_.inodes_.push_back(inode);
  tree_.inodes_.back().names = 0;
  return AddLink(parent, name, static_cast<InodeId>(tree_.inodes_.size() - 1));
}

absl::StatusOr<NodeId> TreeBuilder::AddLink(NodeId parent, absl::string_view name, InodeId inode) {
  if (name.size() > kMaxNameBytes) return WrongName(name, "the name is too long");
  if (tree_.nodes_.size() >= kMaxFiles) return InvalidInputError("the file system has too many files");
  const NodeId id = static_cast<NodeId>(tree_.nodes_.size());
  Tree::Node node{
      .parent = parent, .inode = inode, .next = tree_.nodes_[parent].first_child, .layer = layer_, .touched = layer_};
  node.name_bytes = static_cast<uint8_t>(name.size());
  if (!tree_.texts_.Add(name, node.name)) return InvalidInputError("the names of the file system are too long");
  tree_.nodes_.push_back(node);
  tree_.nodes_[parent].first_child = id;
  ++tree_.inodes_[inode].names;
  tree_.names_.insert(id);
  Touch(parent);
  return id;
}

void TreeBuilder::Update(NodeId node, const Inode& inode) {
  Inode& old = tree_.inodes_[tree_.nodes_[node].inode];
  const uint32_t names = old.names;
  old = inode;
  old.names = names;
  tree_.nodes_[node].layer = layer_;
  Touch(node);
}

void TreeBuilder::Touch(NodeId node) {
  if (layer_ == kDocument) return;
  for (; node != kNoNode && tree_.nodes_[node].touched < layer_; node = tree_.nodes_[node].parent)
    tree_.nodes_[node].touched = layer_;
}

void TreeBuilder::Remove(NodeId node) {
  std::vector<NodeId> doomed = {node};
  while (!doomed.empty()) {
    const NodeId next = doomed.back();
    doomed.pop_back();
    for (NodeId child = tree_.nodes_[next].first_child; child != kNoNode; child = tree_.nodes_[child].next) {
      if (!tree_.nodes_[child].removed) doomed.push_back(child);
    }
    tree_.names_.erase(next);
    tree_.nodes_[next].removed = true;
    tree_.nodes_[next].first_child = kNoNode;
    --tree_.inodes_[tree_.nodes_[next].inode].names;
  }
}

void TreeBuilder::RemoveLower(NodeId directory) {
  std::vector<NodeId> directories = {directory};
  while (!directories.empty()) {
    const NodeId next = directories.back();
    directories.pop_back();
    std::vector<NodeId> kept;
    for (NodeId child = tree_.nodes_[next].first_child; child != kNoNode;) {
      const NodeId following = tree_.nodes_[child].next;
      const bool lower = tree_.nodes_[child].touched < layer_;
      if (!tree_.nodes_[child].removed && lower) Remove(child);
      if (!tree_.nodes_[child].removed) kept.push_back(child);
      child = following;
    }
    // Without those that were removed, which would be passed again and again.
    tree_.nodes_[next].first_child = kNoNode;
    for (const NodeId child : kept) {
      tree_.nodes_[child].next = std::exchange(tree_.nodes_[next].first_child, child);
      if (tree_.IsDirectory(child)) directories.push_back(child);
    }
  }
}

absl::Status TreeBuilder::SetTarget(absl::string_view target, Inode& inode) {
  inode.target_bytes = static_cast<uint16_t>(target.size());
  return tree_.texts_.Add(target, inode.target) ? absl::OkStatus()
                                                : WrongName(target, "the target of a link is too long");
}

void TreeBuilder::SetXattrs(std::vector<Xattr> xattrs, Inode& inode) {
  inode.xattrs = 0;
  if (xattrs.empty()) return;
  xattrs.shrink_to_fit();
  tree_.xattrs_.push_back(std::move(xattrs));
  inode.xattrs = static_cast<uint32_t>(tree_.xattrs_.size());
}

void TreeBuilder::SetDocument(std::unique_ptr<io::Source> bytes, Inode& inode) {
  inode.kind = Kind::kFile;
  inode.layer = kDocument;
  inode.size = bytes->size();
  inode.place = static_cast<int64_t>(tree_.documents_.size());
  tree_.documents_.push_back(std::move(bytes));
}

}  // namespace waybill::oci::rootfs
