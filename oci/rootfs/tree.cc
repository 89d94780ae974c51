// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/tree.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "oci/error.h"
#include "oci/path.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::oci::rootfs {
namespace {

// As many as Linux follows.
constexpr int kMaxLinks = 40;

absl::Status WrongPath(absl::string_view path, absl::string_view why) {
  return InvalidInputError(absl::StrCat("\"", words::Quoted(path), "\": ", why));
}

}  // namespace

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

std::string Tree::PathOf(NodeId node) const {
  std::vector<absl::string_view> names;
  for (; node != kRoot; node = nodes_[node].parent) names.push_back(name(node));
  std::reverse(names.begin(), names.end());
  return absl::StrJoin(names, "/");
}

absl::Span<const Xattr> Tree::XattrsOf(const Inode& inode) const {
  if (inode.xattrs == 0) return {};
  return xattrs_[inode.xattrs - 1];
}

absl::StatusOr<NodeId> Tree::Resolve(absl::string_view path) const {
  std::vector<std::string> rest;  // the next one last
  const auto push = [&](absl::string_view parts) {
    std::vector<std::string> split = absl::StrSplit(parts, '/', absl::SkipEmpty());
    rest.insert(rest.end(), split.rbegin(), split.rend());
  };
  push(path);
  NodeId node = kRoot;
  for (int links = 0; !rest.empty();) {
    const std::string part = std::move(rest.back());
    rest.pop_back();
    if (!IsDirectory(node)) return WrongPath(path, "not a directory");
    if (part == ".") continue;
    if (part == "..") {
      if (node != kRoot) node = parent(node);
      continue;
    }
    const std::optional<NodeId> child = Find(node, part);
    if (!child.has_value()) return NotFoundError(absl::StrCat("\"", words::Quoted(path), "\": no such file"));
    if (inode(*child).kind != Kind::kSymlink) {
      node = *child;
      continue;
    }
    if (++links > kMaxLinks) return WrongPath(path, "too many symbolic links");
    const absl::string_view target = TargetOf(inode(*child));
    if (!target.empty() && target[0] == '/') node = kRoot;
    push(target);
  }
  return node;
}

absl::StatusOr<NodeId> Tree::Add(NodeId parent, absl::string_view name, const Inode& inode, uint16_t layer) {
  if (inodes_.size() >= kNoNode) return InvalidInputError("the file system has too many files");
  inodes_.push_back(inode);
  inodes_.back().names = 0;
  return AddLink(parent, name, static_cast<InodeId>(inodes_.size() - 1), layer);
}

absl::StatusOr<NodeId> Tree::AddLink(NodeId parent, absl::string_view name, InodeId inode, uint16_t layer) {
  if (name.size() > kMaxNameBytes) return WrongPath(name, "the name is too long");
  if (nodes_.size() >= kNoNode) return InvalidInputError("the file system has too many files");
  const NodeId id = static_cast<NodeId>(nodes_.size());
  Node node{.parent = parent, .inode = inode, .next = nodes_[parent].first_child, .layer = layer, .touched = layer};
  node.name_bytes = static_cast<uint8_t>(name.size());
  if (!texts_.Add(name, node.name)) return InvalidInputError("the names of the file system are too long");
  nodes_.push_back(node);
  nodes_[parent].first_child = id;
  ++inodes_[inode].names;
  names_.insert(id);
  Touch(parent, layer);
  return id;
}

void Tree::Update(NodeId node, const Inode& inode, uint16_t layer) {
  Inode& old = inodes_[nodes_[node].inode];
  const uint32_t names = old.names;
  old = inode;
  old.names = names;
  nodes_[node].layer = layer;
  Touch(node, layer);
}

void Tree::Touch(NodeId node, uint16_t layer) {
  if (layer == kDocument) return;
  for (; node != kNoNode && nodes_[node].touched < layer; node = nodes_[node].parent) nodes_[node].touched = layer;
}

void Tree::Remove(NodeId node) {
  std::vector<NodeId> doomed = {node};
  while (!doomed.empty()) {
    const NodeId next = doomed.back();
    doomed.pop_back();
    for (NodeId child = nodes_[next].first_child; child != kNoNode; child = nodes_[child].next) {
      if (!nodes_[child].removed) doomed.push_back(child);
    }
    names_.erase(next);
    nodes_[next].removed = true;
    nodes_[next].first_child = kNoNode;
    --inodes_[nodes_[next].inode].names;
  }
}

void Tree::RemoveLower(NodeId directory, uint16_t layer) {
  std::vector<NodeId> directories = {directory};
  while (!directories.empty()) {
    const NodeId next = directories.back();
    directories.pop_back();
    std::vector<NodeId> kept;
    for (NodeId child = nodes_[next].first_child; child != kNoNode;) {
      const NodeId following = nodes_[child].next;
      const bool lower = nodes_[child].touched < layer;
      if (!nodes_[child].removed && lower) Remove(child);
      if (!nodes_[child].removed) kept.push_back(child);
      child = following;
    }
    // Without those that were removed, which would be passed again and again.
    nodes_[next].first_child = kNoNode;
    for (const NodeId child : kept) {
      nodes_[child].next = std::exchange(nodes_[next].first_child, child);
      if (IsDirectory(child)) directories.push_back(child);
    }
  }
}

absl::Status Tree::SetTarget(absl::string_view target, Inode& inode) {
  inode.target_bytes = static_cast<uint16_t>(target.size());
  return texts_.Add(target, inode.target) ? absl::OkStatus() : WrongPath(target, "the target of a link is too long");
}

void Tree::SetXattrs(std::vector<Xattr> xattrs, Inode& inode) {
  inode.xattrs = 0;
  if (xattrs.empty()) return;
  xattrs.shrink_to_fit();
  xattrs_.push_back(std::move(xattrs));
  inode.xattrs = static_cast<uint32_t>(xattrs_.size());
}

absl::Status Tree::AddDocument(absl::string_view path, std::string bytes, uint16_t mode, int64_t mtime) {
  const std::string clean = path::Clean(absl::StrCat("/", path));
  std::vector<absl::string_view> parts = absl::StrSplit(absl::string_view(clean).substr(1), '/', absl::SkipEmpty());
  if (parts.empty() || clean.size() > kMaxPathBytes) return WrongPath(path, "not the path of a file");
  NodeId directory = kRoot;
  for (const absl::string_view part : absl::MakeSpan(parts).first(parts.size() - 1)) {
    std::optional<NodeId> child = Find(directory, part);
    if (child.has_value() && !IsDirectory(*child)) return WrongPath(path, "not in a directory");
    if (!child.has_value()) {
      ABSL_ASSIGN_OR_RETURN(child, Add(directory, part, {.mtime = mtime, .mode = 0755}, kDocument));
    }
    directory = *child;
  }
  if (const std::optional<NodeId> old = Find(directory, parts.back()); old.has_value()) Remove(*old);
  const Inode inode{.mtime = mtime,
                    .size = static_cast<int64_t>(bytes.size()),
                    .place = static_cast<int64_t>(documents_.size()),
                    .layer = kDocument,
                    .mode = mode,
                    .kind = Kind::kFile};
  documents_.push_back(std::move(bytes));
  return Add(directory, parts.back(), inode, kDocument).status();
}

}  // namespace waybill::oci::rootfs
