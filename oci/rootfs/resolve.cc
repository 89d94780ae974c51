// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/resolve.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "oci/error.h"
#include "oci/words/quote.h"

namespace waybill::oci::rootfs {
namespace {

// As many as Linux follows.
constexpr int kMaxLinks = 40;

absl::Status WrongPath(absl::string_view path, absl::string_view why) {
  return InvalidInputError(absl::StrCat("\"", words::Quoted(path), "\": ", why));
}

}  // namespace

absl::StatusOr<NodeId> Resolve(const Tree& tree, absl::string_view path) {
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
    if (++links > kMaxLinks) return WrongPath(path, "too many symbolic links");
    const absl::string_view target = tree.TargetOf(tree.inode(*child));
    if (!target.empty() && target[0] == '/') node = kRoot;
    push(target);
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
