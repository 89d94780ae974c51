// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/tree.h"

#include <algorithm>

namespace waybill::oci::rootfs {

Tree::Tree() : names_(0, KeyHash{this}, KeyEqual{this}) {
  nodes_.emplace_back();
  inodes_.push_back({.names = 1, .mode = 0755});
}

absl::string_view Tree::name(NodeId node) const { return texts_.Get(nodes_[node].name, nodes_[node].name_bytes); }

std::optional<NodeId> Tree::Find(NodeId parent, absl::string_view name) const {
  const auto found = names_.find(Key{parent, name});
  if (found == names_.end()) return std::nullopt;
  return *found;
}

std::vector<NodeId> Tree::SortedChildren(NodeId directory) const {
  std::vector<NodeId> children;
  for (NodeId child = nodes_[directory].first_child; child != kNoNode; child = nodes_[child].next) {
    if (!nodes_[child].removed) children.push_back(child);
  }
  std::sort(children.begin(), children.end(), [&](NodeId a, NodeId b) { return name(a) < name(b); });
  return children;
}

absl::Span<const Xattr> Tree::XattrsOf(const Inode& inode) const {
  if (inode.xattrs == 0) return {};
  return xattrs_[inode.xattrs - 1];
}

}  // namespace waybill::oci::rootfs
