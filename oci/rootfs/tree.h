// SPDX-License-Identifier: Apache-2.0
// A file system as a value: names and metadata of all files, without their bytes.
#ifndef WAYBILL_OCI_ROOTFS_TREE_H_
#define WAYBILL_OCI_ROOTFS_TREE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "oci/io/stream.h"
#include "oci/rootfs/text_arena.h"

namespace waybill::oci::rootfs {

// A name in a directory.
using NodeId = uint32_t;
// What a name stands for; hard links share one.
using InodeId = uint32_t;

inline constexpr NodeId kRoot = 0;
inline constexpr NodeId kNoNode = 0xffffffff;
// Number of the layer of files whose bytes the tree itself holds.
inline constexpr uint16_t kDocument = 0xffff;
// Layers of one tree; numbers count from 0, the lowest layer first.
inline constexpr size_t kMaxLayers = 0xfffe;
// Names and inodes of one tree: layers may be hostile, and each costs memory.
inline constexpr size_t kMaxFiles = size_t{1} << 24;
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

// Reads a file system; TreeBuilder changes it. About 130 bytes a file with a name of 20. Names are single components
// and never "", "." or "..". What was removed keeps its memory. Not copyable, not thread-safe while it changes.
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
  absl::string_view TargetOf(const Inode& inode) const { return texts_.Get(inode.target, inode.target_bytes); }
  absl::Span<const Xattr> XattrsOf(const Inode& inode) const;
  const io::Source& DocumentOf(const Inode& inode) const { return *documents_[static_cast<size_t>(inode.place)]; }

 private:
  friend class TreeBuilder;

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

  std::deque<Node> nodes_;
  std::deque<Inode> inodes_;
  TextArena texts_;
  std::deque<std::vector<Xattr>> xattrs_;
  std::deque<std::unique_ptr<io::Source>> documents_;
  absl::flat_hash_set<NodeId, KeyHash, KeyEqual> names_;  // of all nodes but the root and removed ones
};

}  // namespace waybill::oci::rootfs

#endif  // WAYBILL_OCI_ROOTFS_TREE_H_
