// SPDX-License-Identifier: Apache-2.0
// Changes of a tree.
#ifndef WAYBILL_OCI_ROOTFS_TREE_BUILDER_H_
#define WAYBILL_OCI_ROOTFS_TREE_BUILDER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/io/stream.h"
#include "oci/rootfs/tree.h"

namespace waybill::oci::rootfs {

// Makes the changes of one layer. Several may exist for a tree, one after the other. Errors: INVALID_ARGUMENT for what
// a tree cannot hold.
class TreeBuilder {
 public:
  // `tree` must outlive this. Documents have the layer kDocument.
  TreeBuilder(Tree& tree, uint16_t layer) : tree_(tree), layer_(layer) {}

  // A new name for a new inode, or for one that exists already (a hard link). The name must be free.
  absl::StatusOr<NodeId> Add(NodeId parent, absl::string_view name, const Inode& inode);
  absl::StatusOr<NodeId> AddLink(NodeId parent, absl::string_view name, InodeId inode);
  // New metadata of a node that keeps its name and children.
  void Update(NodeId node, const Inode& inode);
  // Removes the name and everything below it.
  void Remove(NodeId node);
  // Removes what only lower layers put below the directory.
  void RemoveLower(NodeId directory);
  // The layer that set the node itself, and the highest one that set it or something below.
  uint16_t layer_of(NodeId node) const { return tree_.nodes_[node].layer; }
  uint16_t touched_by(NodeId node) const { return tree_.nodes_[node].touched; }

  // Remembers the target of a symbolic link in `inode`; it has at most 4096 bytes.
  absl::Status SetTarget(absl::string_view target, Inode& inode);
  void SetXattrs(std::vector<Xattr> xattrs, Inode& inode);
  // Makes `inode` a file whose bytes the tree itself holds.
  void SetDocument(std::unique_ptr<io::Source> bytes, Inode& inode);

 private:
  // Notes the change in the node and those above it.
  void Touch(NodeId node);

  Tree& tree_;
  const uint16_t layer_;
};

}  // namespace waybill::oci::rootfs

#endif  // WAYBILL_OCI_ROOTFS_TREE_BUILDER_H_
