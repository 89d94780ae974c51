// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/document.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "oci/error.h"
#include "oci/path.h"
#include "oci/rootfs/tree_builder.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::oci::rootfs {
namespace {

absl::Status WrongPath(absl::string_view path, absl::string_view why) {
  return InvalidInputError(absl::StrCat("\"", words::Quoted(path), "\": ", why));
}

}  // namespace

absl::Status AddDocument(Tree& tree, NodeId directory, absl::string_view path, Document document) {
  const std::string clean = path::Clean(absl::StrCat("/", path));
  std::vector<absl::string_view> parts = absl::StrSplit(absl::string_view(clean).substr(1), '/', absl::SkipEmpty());
  if (parts.empty() || clean.size() > kMaxPathBytes) return WrongPath(path, "not the path of a file");
  TreeBuilder builder(tree, kDocument);
  for (const absl::string_view part : absl::MakeSpan(parts).first(parts.size() - 1)) {
    std::optional<NodeId> child = tree.Find(directory, part);
    if (child.has_value() && !tree.IsDirectory(*child)) return WrongPath(path, "not in a directory");
    if (!child.has_value()) {
      ABSL_ASSIGN_OR_RETURN(child, builder.Add(directory, part, {.mtime = document.mtime, .mode = 0755}));
    }
    directory = *child;
  }
  if (const std::optional<NodeId> old = tree.Find(directory, parts.back()); old.has_value()) {
    if (tree.IsDirectory(*old)) return WrongPath(path, "there is a directory");
    builder.Remove(*old);
  }
  Inode inode{.mtime = document.mtime, .mode = document.mode};
  builder.SetDocument(std::move(document.bytes), inode);
  return builder.Add(directory, parts.back(), inode).status();
}

}  // namespace waybill::oci::rootfs
