// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/merge.h"

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "oci/error.h"
#include "oci/path.h"
#include "oci/rootfs/path_parts.h"
#include "oci/rootfs/resolve.h"
#include "oci/rootfs/tree_builder.h"
#include "oci/status_macros.h"
#include "oci/tar/reader.h"
#include "oci/words/quote.h"

namespace waybill::oci::rootfs {
namespace {

constexpr absl::string_view kWhiteout = ".wh.";
constexpr absl::string_view kOpaque = ".wh..wh..opq";
constexpr absl::string_view kAufs = ".wh..wh.";  // other files of that file system

std::optional<Kind> KindOf(char type) {
  switch (type) {
    case tar::kFile:
    case tar::kSparse:
      return Kind::kFile;
    case tar::kSymlink:
      return Kind::kSymlink;
    case tar::kCharDevice:
      return Kind::kCharDevice;
    case tar::kBlockDevice:
      return Kind::kBlockDevice;
    case tar::kDirectory:
      return Kind::kDirectory;
    case tar::kFifo:
      return Kind::kFifo;
    default:
      return std::nullopt;
  }
}

int64_t Nanoseconds(const tar::Time& time, bool before_1970) {
  constexpr int64_t kLast = std::numeric_limits<int64_t>::max() / 1'000'000'000 - 1;
  if (time.seconds > kLast || time.seconds < (before_1970 ? -kLast : 0)) return 0;
  return time.seconds * 1'000'000'000 + time.nanoseconds;
}

std::vector<Xattr> XattrsOf(const tar::Entry& entry) {
  std::vector<Xattr> xattrs;
  for (auto record = entry.records.lower_bound(std::string(tar::kXattrPrefix));
       record != entry.records.end() && absl::StartsWith(record->first, tar::kXattrPrefix); ++record) {
    xattrs.emplace_back(record->first.substr(tar::kXattrPrefix.size()), record->second);
  }
  return xattrs;
}

// Puts the entries of one layer into the tree.
class Merger {
 public:
  Merger(Tree& tree, uint16_t layer, const MergeRules& rules)
      : tree_(tree), builder_(tree, layer), layer_(layer), rules_(rules) {}

  absl::Status Add(const tar::Entry& entry, int64_t place) {
    const std::string path = path::Clean(absl::StrCat("/", entry.name));
    if (path == "/") return absl::OkStatus();
    if (path.size() > kMaxPathBytes) return InvalidInputError("a path is longer than 4096 bytes");
    const size_t slash = path.rfind('/');
    const std::string name = path.substr(slash + 1);
    ABSL_ASSIGN_OR_RETURN(const NodeId parent, MakeDirectories(path.substr(0, slash)));
    if (rules_.whiteouts && absl::StartsWith(name, kWhiteout)) return Hide(parent, name);
    if (entry.type == tar::kHardLink) return AddHardLink(parent, name, entry);
    return AddInode(parent, name, entry, place);
  }

 private:
  // The directory that the path leads to, made where it is missing.
  absl::StatusOr<NodeId> MakeDirectories(absl::string_view path) {
    PathParts rest(path);
    NodeId node = kRoot;
    while (!rest.empty()) {
      const std::string part = rest.Next();
      if (part == ".") continue;
      if (part == "..") {
        if (node != kRoot) node = tree_.parent(node);
        continue;
      }
      const std::optional<NodeId> child = tree_.Find(node, part);
      if (child.has_value() && IsOwnLink(*child)) {
        const absl::string_view target = tree_.TargetOf(tree_.inode(*child));
        if (!rest.Follow(target)) return InvalidInputError("a path has too many symbolic links");
        if (absl::StartsWith(target, "/")) node = kRoot;
        continue;
      }
      ABSL_ASSIGN_OR_RETURN(node, EnsureDirectory(node, part, child));
    }
    return node;
  }

  bool IsOwnLink(NodeId node) const {
    return tree_.inode(node).kind == Kind::kSymlink && builder_.layer_of(node) == layer_;
  }

  absl::StatusOr<NodeId> EnsureDirectory(NodeId parent, absl::string_view name, std::optional<NodeId> child) {
    if (child.has_value()) {
      if (tree_.IsDirectory(*child)) return *child;
      if (builder_.layer_of(*child) == layer_) return InvalidInputError("a path goes through a file");
      builder_.Remove(*child);
    }
    return builder_.Add(parent, name, {.mode = 0755});
  }

  absl::Status Hide(NodeId parent, absl::string_view name) {
    if (name == kOpaque) {
      builder_.RemoveLower(parent);
      return absl::OkStatus();
    }
    if (absl::StartsWith(name, kAufs)) return absl::OkStatus();
    const absl::string_view hidden = absl::StripPrefix(name, kWhiteout);
    if (hidden.empty() || hidden == "." || hidden == "..") return InvalidInputError("a whiteout names no file");
    const std::optional<NodeId> node = tree_.Find(parent, hidden);
    if (!node.has_value()) return absl::OkStatus();
    if (builder_.touched_by(*node) < layer_) {
      builder_.Remove(*node);
    } else if (tree_.IsDirectory(*node)) {
      builder_.RemoveLower(*node);
    }
    return absl::OkStatus();
  }

  void SetOwnerModeAndTime(const tar::Entry& entry, Inode& inode) const {
    inode.uid = static_cast<uint32_t>(entry.uid);
    inode.gid = static_cast<uint32_t>(entry.gid);
    inode.mode = static_cast<uint16_t>(entry.mode & 07777);
    inode.mtime = Nanoseconds(entry.mtime, rules_.before_1970);
  }

  // A link as the last part of the target is the target itself.
  absl::StatusOr<NodeId> FindTarget(absl::string_view target) const {
    const std::string path = path::Clean(absl::StrCat("/", target));
    const size_t slash = path.rfind('/');
    ABSL_ASSIGN_OR_RETURN(const NodeId parent, Resolve(tree_, absl::string_view(path).substr(0, slash)));
    const std::optional<NodeId> node = tree_.Find(parent, absl::string_view(path).substr(slash + 1));
    if (!node.has_value()) return NotFoundError("no such file");
    if (tree_.IsDirectory(*node)) return InvalidInputError("a directory");
    return *node;
  }

  absl::Status AddHardLink(NodeId parent, absl::string_view name, const tar::Entry& entry) {
    const absl::StatusOr<NodeId> target = FindTarget(entry.link);
    if (!target.ok()) {
      return InvalidInputError(
          absl::StrCat("hard link to \"", words::Quoted(entry.link), "\": ", target.status().message()));
    }
    const InodeId id = tree_.inode_of(*target);
    const std::optional<NodeId> old = tree_.Find(parent, name);
    if (old == *target) return absl::OkStatus();
    if (old.has_value()) {
      if (IsAbove(*old, *target)) return InvalidInputError("a hard link replaces the directory of its target");
      builder_.Remove(*old);
    }
    ABSL_ASSIGN_OR_RETURN(const NodeId node, builder_.AddLink(parent, name, id));
    Inode inode = tree_.inode(node);
    SetOwnerModeAndTime(entry, inode);
    if (std::vector<Xattr> xattrs = XattrsOf(entry); !xattrs.empty()) {
      const absl::Span<const Xattr> shared = tree_.XattrsOf(inode);
      builder_.SetXattrs(std::move(xattrs), inode);
      AddXattrs(shared, inode);
    }
    builder_.Update(node, inode);
    return absl::OkStatus();
  }

  bool IsAbove(NodeId directory, NodeId node) const {
    while (node != kRoot && node != directory) node = tree_.parent(node);
    return node == directory;
  }

  absl::Status AddInode(NodeId parent, absl::string_view name, const tar::Entry& entry, int64_t place) {
    const std::optional<Kind> kind = KindOf(entry.type);
    if (!kind.has_value()) {
      return InvalidInputError(
          absl::StrCat("an entry of type '", words::Escaped(absl::string_view(&entry.type, 1)), "'"));
    }
    Inode inode{.place = place, .layer = layer_, .kind = *kind};
    SetOwnerModeAndTime(entry, inode);
    if (*kind == Kind::kFile) inode.size = entry.size;
    if (*kind == Kind::kSymlink) ABSL_RETURN_IF_ERROR(builder_.SetTarget(entry.link, inode));
    if (*kind == Kind::kCharDevice || *kind == Kind::kBlockDevice) {
      inode.place = static_cast<int64_t>(static_cast<uint64_t>(entry.device_major) << 32 |
                                         static_cast<uint32_t>(entry.device_minor));
    }
    builder_.SetXattrs(XattrsOf(entry), inode);
    const std::optional<NodeId> old = tree_.Find(parent, name);
    if (old.has_value() && *kind == Kind::kDirectory && tree_.IsDirectory(*old)) {
      if (builder_.touched_by(*old) == layer_) AddXattrs(tree_.XattrsOf(tree_.inode(*old)), inode);
      builder_.Update(*old, inode);
      return absl::OkStatus();
    }
    if (old.has_value()) builder_.Remove(*old);
    return builder_.Add(parent, name, inode).status();
  }

  // Adds those that the inode does not have.
  void AddXattrs(absl::Span<const Xattr> others, Inode& inode) {
    const absl::Span<const Xattr> own = tree_.XattrsOf(inode);
    std::map<std::string, std::string> all(own.begin(), own.end());
    all.insert(others.begin(), others.end());
    builder_.SetXattrs(std::vector<Xattr>(all.begin(), all.end()), inode);
  }

  Tree& tree_;
  TreeBuilder builder_;
  const uint16_t layer_;
  const MergeRules& rules_;
};

}  // namespace

absl::Status AddLayer(const Context& context, io::Reader& tar, uint16_t layer, Tree& tree, const MergeRules& rules) {
  if (layer >= kMaxLayers) return InvalidInputError("too many layers");
  tar::Reader reader(tar);
  Merger merger(tree, layer, rules);
  while (true) {
    ABSL_ASSIGN_OR_RETURN(const std::optional<tar::Entry> entry, reader.Next(context));
    if (!entry.has_value()) return absl::OkStatus();
    if (entry->type == tar::kPaxGlobal) continue;
    if (const absl::Status status = merger.Add(*entry, reader.entry_offset()); !status.ok()) {
      return Annotate(status, absl::StrCat("\"", words::Quoted(entry->name), "\""));
    }
  }
}

}  // namespace waybill::oci::rootfs
