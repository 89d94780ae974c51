// SPDX-License-Identifier: Apache-2.0
// A file system as a value: names and metadata of all files, without their bytes.
#ifndef WAYBILL_OCI_ROOTFS_TREE_H_
#define WAYBILL_OCI_ROOTFS_TREE_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "oci/rootfs/text_arena.h"

namespace waybill::oci::rootfs {

// A name in a directory.
using NodeId = uint32_t;
// What a name stands for; hard links share one.
using InodeId = uint32_t;

inline constexpr NodeId kRoot = 0;
inline constexpr NodeId kNoNode = 0xffffffff;
// A file whose bytes the tree itself holds.
inline constexpr uint16_t kDocument = 0xffff;
// Layers of one tree; numbers count from 0, the lowest layer first.
inline constexpr size_t kMaxLayers = 0xfffe;
// The longest name and path of Linux.
inline constexpr size_t kMaxNameBytes = 255;
inline constexpr size_t kMaxPathBytes = 4096;

enum class Kind : uint8_t { kDirectory, kFile, kSymlink, kCharDevice, kBlockDevice, kFifo };

using Xattr = std::pair<std::string, std::string>;  // name and value

struct Inode {
  int64_t mtime = 0;  // nanoseconds since 1970
  int64_t size = 0;   // bytes of a file
  // Files: where the entry begins in the layer's tar archive, or the number of the document. Devices: major << 32 |
  // minor.
  int64_t place = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
  uint32_t target = 0;  // symbolic links: where the target is
  uint32_t xattrs = 0;  // number of the attributes; 0 for none
  uint32_t names = 0;   // nodes that share it
  uint16_t target_bytes = 0;
  uint16_t layer = 0;  // that the bytes are in, or kDocument
  uint16_t mode = 0;   // permissions and set-id bits
  Kind kind = Kind::kDirectory;
};

// About 130 bytes a file with a name of 20. Names are single components and never "", "." or "..". What was removed
// keeps its memory. Not copyable, not thread-safe while it changes.
class Tree {
 public:
  // The root: a directory with mode 0755 that belongs to user 0.
  Tree();
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  std::optional<NodeId> Find(NodeId parent, absl::string_view name) const;
  NodeId parent(NodeId node) const { return nodes_[node].parent; }
  absl::string_view name(NodeId node) const;
  InodeId inode_of(NodeId node) const { return nodes_[node].inode; }
  const Inode& inode(NodeId node) const { return inodes_[nodes_[node].inode]; }
  bool IsDirectory(NodeId node) const { return inode(node).kind == Kind::kDirectory; }
  // In the order of their bytes.
  std::vector<NodeId> SortedChildren(NodeId directory) const;
  // "a/b"; "" for the root.
  std::string PathOf(NodeId node) const;
  absl::string_view TargetOf(const Inode& inode) const { return texts_.Get(inode.target, inode.target_bytes); }
  absl::Span<const Xattr> XattrsOf(const Inode& inode) const;
  absl::string_view DocumentOf(const Inode& inode) const { return documents_[static_cast<size_t>(inode.place)]; }
  // The node that the path leads to; symbolic links are followed inside the tree, ".." ends at the root. NOT_FOUND;
  // INVALID_ARGUMENT when it goes through something that is no directory, or through too many links.
  absl::StatusOr<NodeId> Resolve(absl::string_view path) const;

  // ---- Changes. `layer` is the one that makes them.

  // A new name for a new inode, or for one that exists already (a hard link). The name must be free.
  absl::StatusOr<NodeId> Add(NodeId parent, absl::string_view name, const Inode& inode, uint16_t layer);
  absl::StatusOr<NodeId> AddLink(NodeId parent, absl::string_view name, InodeId inode, uint16_t layer);
  // New metadata of a node that keeps its name and children.
  void Update(NodeId node, const Inode& inode, uint16_t layer);
  // Removes the name and everything below it.
  void Remove(NodeId node);
  // Removes what only lower layers put below the directory.
  void RemoveLower(NodeId directory, uint16_t layer);
  // The layer that set the node itself, and the highest one that set it or something below.
  uint16_t layer_of(NodeId node) const { return nodes_[node].layer; }
  uint16_t touched_by(NodeId node) const { return nodes_[node].touched; }
  // Remembers the target of a symbolic link in `inode`; it has at most 4096 bytes.
  absl::Status SetTarget(absl::string_view target, Inode& inode);
  void SetXattrs(std::vector<Xattr> xattrs, Inode& inode);
  // A file of the tree's own bytes, in place of anything that has the path; directories on the way are made.
  // `mtime` in nanoseconds. INVALID_ARGUMENT for a path that no file can have.
  absl::Status AddDocument(absl::string_view path, std::string bytes, uint16_t mode, int64_t mtime);

 private:
  struct Node {
    NodeId parent = kNoNode;
    InodeId inode = 0;
    NodeId first_child = kNoNode;
    NodeId next = kNoNode;  // of the parent's children
    uint32_t name = 0;
    uint16_t layer = 0;
    uint16_t touched = 0;
    uint8_t name_bytes = 0;
    bool removed = false;
  };
  struct Key {
    NodeId parent;
    absl::string_view name;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    using is_transparent = void;
    const Tree* tree;
    size_t operator()(const Key& key) const { return absl::HashOf(key.parent, key.name); }
    size_t operator()(NodeId node) const { return (*this)(tree->KeyOf(node)); }
  };
  struct KeyEqual {
    using is_transparent = void;
    const Tree* tree;
    Key Of(NodeId node) const { return tree->KeyOf(node); }
    Key Of(const Key& key) const { return key; }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return Of(a) == Of(b);
    }
  };

  Key KeyOf(NodeId node) const { return {nodes_[node].parent, name(node)}; }
  void Touch(NodeId node, uint16_t layer);

  std::deque<Node> nodes_;
  std::deque<Inode> inodes_;
  TextArena texts_;
  std::deque<std::vector<Xattr>> xattrs_;
  std::deque<std::string> documents_;
  absl::flat_hash_set<NodeId, KeyHash, KeyEqual> names_;  // of all nodes but the root and removed ones
};

}  // namespace waybill::oci::rootfs

#endif  // WAYBILL_OCI_ROOTFS_TREE_H_
