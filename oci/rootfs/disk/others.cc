// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/disk/others.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "oci/error.h"
#include "oci/rootfs/disk/beneath.h"
#include "oci/rootfs/folder.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::oci::rootfs::disk {
namespace {

// Whether the part has something at the path, which counts from the destination.
bool Has(const DirectoryPart& part, absl::string_view path) {
  if (!part.folder.empty()) {
    if (path == part.folder) return true;
    if (!absl::ConsumePrefix(&path, part.folder + "/")) return false;
  }
  if (!part.tree.IsDirectory(part.start)) return path == part.tree.name(part.start);
  NodeId node = part.start;
  for (const absl::string_view name : absl::StrSplit(path, '/')) {
    const std::optional<NodeId> child = part.tree.Find(node, name);
    if (!child.has_value()) return false;
    node = *child;
  }
  return true;
}

// Removes the names from the directory, which may be read-only by now.
absl::Status RemoveNames(const file::Fd& directory, const std::vector<std::string>& names) {
  struct stat before;
  if (fstat(directory.number(), &before) != 0) return ErrnoError(errno, "look at the directory");
  const mode_t mode = before.st_mode & 07777;
  // Without success the removal will say so.
  if ((mode & 0700) != 0700) (void)fchmod(directory.number(), mode | 0700);
  absl::Status status;
  for (const std::string& name : names) status.Update(RemoveBeneath(directory, name));
  if ((mode & 0700) != 0700) (void)fchmod(directory.number(), mode);
  const timespec times[2] = {before.st_atim, before.st_mtim};
  (void)futimens(directory.number(), times);
  return status;
}

absl::StatusOr<int64_t> RemoveFrom(const file::Fd& directory, const std::string& path,
                                   absl::Span<const DirectoryPart> parts) {
  ABSL_ASSIGN_OR_RETURN(std::vector<std::string> names, NamesIn(directory));
  names.erase(std::remove_if(names.begin(), names.end(),
                             [&](const std::string& name) {
                               return std::any_of(parts.begin(), parts.end(), [&](const DirectoryPart& part) {
                                 return Has(part, PathInFolder(path, name));
                               });
                             }),
              names.end());
  if (names.empty()) return 0;
  ABSL_RETURN_IF_ERROR(RemoveNames(directory, names));
  return static_cast<int64_t>(names.size());
}

}  // namespace

absl::StatusOr<int64_t> RemoveOthers(const Context& context, const file::Fd& root,
                                     const std::vector<std::string>& directories,
                                     absl::Span<const DirectoryPart> parts) {
  ABSL_ASSIGN_OR_RETURN(int64_t removed, RemoveFrom(root, "", parts));
  for (const std::string& path : directories) {
    ABSL_RETURN_IF_ERROR(context.Check());
    ABSL_ASSIGN_OR_RETURN(const file::Fd directory, OpenBeneath(root, path));
    const absl::StatusOr<int64_t> more = RemoveFrom(directory, path, parts);
    if (!more.ok()) return Annotate(more.status(), absl::StrCat("\"", words::Quoted(path), "\""));
    removed += *more;
  }
  return removed;
}

}  // namespace waybill::oci::rootfs::disk
