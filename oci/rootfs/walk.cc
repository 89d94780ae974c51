// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/walk.h"

#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "oci/rootfs/resolve.h"
#include "oci/status_macros.h"

namespace waybill::oci::rootfs {
namespace {

class Walker {
 public:
  Walker(const Tree& tree, NodeId start, Visitor& visitor) : tree_(tree), start_(start), visitor_(visitor) {}

  absl::Status Run(const Context& context) {
    if (!tree_.IsDirectory(start_)) {
      path_ = std::string(tree_.name(start_));
      return Visit(context, start_);
    }
    open_.push_back({start_, tree_.SortedChildren(start_), 0, 0});
    while (!open_.empty()) {
      Directory& directory = open_.back();
      if (directory.next == directory.children.size()) {
        ABSL_RETURN_IF_ERROR(LeaveDirectory(context));
        continue;
      }
      const NodeId node = directory.children[directory.next++];
      const size_t path_bytes = path_.size();
      absl::StrAppend(&path_, path_.empty() ? "" : "/", tree_.name(node));
      ABSL_RETURN_IF_ERROR(Visit(context, node));
      if (tree_.IsDirectory(node)) {
        open_.push_back({node, tree_.SortedChildren(node), 0, path_bytes});
      } else {
        path_.resize(path_bytes);
      }
    }
    return absl::OkStatus();
  }

 private:
  struct Directory {
    NodeId node;
    std::vector<NodeId> children;
    size_t next;
    size_t parent_path_bytes;
  };

  absl::Status LeaveDirectory(const Context& context) {
    const Directory& directory = open_.back();
    if (open_.size() > 1) {
      ABSL_RETURN_IF_ERROR(visitor_.Leave(context, {directory.node, path_, tree_.inode(directory.node), nothing_}));
    }
    path_.resize(directory.parent_path_bytes);
    open_.pop_back();
    return absl::OkStatus();
  }

  absl::Status Visit(const Context& context, NodeId node) {
    ABSL_RETURN_IF_ERROR(context.Check());
    const Inode& inode = tree_.inode(node);
    std::string linked_to;
    if (inode.names > 1 && inode.kind != Kind::kSymlink) {
      const auto [first, is_new] = first_.try_emplace(tree_.inode_of(node), node);
      if (!is_new) linked_to = PathFromStart(first->second);
    }
    return visitor_.Visit(context, {node, path_, inode, linked_to});
  }

  std::string PathFromStart(NodeId node) const {
    const std::string start = PathOf(tree_, start_);
    const std::string path = PathOf(tree_, node);
    if (start.empty()) return path;
    return path.substr(start.size() + 1);
  }

  const Tree& tree_;
  const NodeId start_;
  const std::string nothing_;
  Visitor& visitor_;
  std::vector<Directory> open_;
  std::string path_;
  absl::flat_hash_map<InodeId, NodeId> first_;  // of inodes with several names
};

}  // namespace

absl::Status Walk(const Context& context, const Tree& tree, NodeId start, Visitor& visitor) {
  return Walker(tree, start, visitor).Run(context);
}

}  // namespace waybill::oci::rootfs
