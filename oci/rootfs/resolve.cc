// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/resolve.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "oci/error.h"
#include "oci/rootfs/path_parts.h"
#include "oci/words/quote.h"

namespace waybill::oci::rootfs {
namespace {

absl::Status WrongPath(absl::string_view path, absl::string_view why) {
  return InvalidInputError(absl::StrCat("\"", words::Quoted(path), "\": ", why));
}

}  // namespace

absl::StatusOr<NodeId> Resolve(const Tree& tree, absl::string_view path) {
  PathParts rest(path);
  NodeId node = kRoot;
  while (!rest.empty()) {
    const std::string part = rest.Next();
    if (!tree.IsDirectory(node)) return WrongPath(path, "not a directory");
    if (part == ".") continue;
    if (part == "..") {
      if (node != kRoot) node = tree.parent(node);
      continue;
    }
    const std::optional<NodeId> child = tree.Find(node, part);
    if (!child.has_value()) return NotFoundError(absl::StrCat("\"", words::Quoted(path), "\": no such file"));
    if (tree.inode(*child).kind != Kind::kSymlink) {
      node = *child;
      continue;
    }
    const absl::string_view target = tree.TargetOf(tree.inode(*child));
    if (!rest.Follow(target)) return WrongPath(path, "too many symbolic links");
    if (absl::StartsWith(target, "/")) node = kRoot;
  }
  return node;
}

std::string PathOf(const Tree& tree, NodeId node) {
  std::vector<absl::string_view> names;
  for (; node != kRoot; node = tree.parent(node)) names.push_back(tree.name(node));
  std::reverse(names.begin(), names.end());
  return absl::StrJoin(names, "/");
}

}  // namespace waybill::oci::rootfs
