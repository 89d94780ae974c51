// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/disk/directory_output.h"

#include <sys/stat.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "oci/error.h"
#include "oci/file/fd.h"
#include "oci/rootfs/disk/marker.h"
#include "oci/rootfs/disk/new_directory.h"
#include "oci/rootfs/disk/others.h"
#include "oci/rootfs/disk/part_writer.h"
#include "oci/rootfs/disk/placement.h"
#include "oci/status_macros.h"

namespace waybill::oci::rootfs::disk {
namespace {

// `path` is the directory that is written into, under whichever name it has now.
absl::StatusOr<DirectoryReport> WriteInto(const Context& context, const std::string& path, bool is_new,
                                          absl::Span<const DirectoryPart> parts, const DirectoryOptions& options) {
  ABSL_ASSIGN_OR_RETURN(file::Fd root, file::OpenDirectory(path));
  if (!is_new) RemoveLeftovers(root);
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<Marker> marker, Marker::Create(root));
  DirectoryState state{.placement = Placement(std::move(root), std::move(marker)), .report = {}, .found = {}};
  bool empty = is_new;
  for (const DirectoryPart& part : parts) {
    if (const absl::Status status = PartWriter(part, options, empty, state).Write(context); !status.ok()) {
      // What cannot be removed stays, under its hidden name.
      const absl::Status left = state.placement.Discard();
      return left.ok() ? status : Annotate(status, absl::StrCat("files stay (", left.message(), ")"));
    }
    empty = false;
  }
  ABSL_RETURN_IF_ERROR(state.placement.Finish());
  if (options.remove_others && !is_new) {
    ABSL_ASSIGN_OR_RETURN(state.report.removed, RemoveOthers(context, state.placement.root(), state.found, parts));
  }
  return state.report;
}

absl::StatusOr<DirectoryReport> WriteNew(const Context& context, const std::string& destination,
                                         absl::Span<const DirectoryPart> parts, const DirectoryOptions& options) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<NewDirectory> directory, NewDirectory::Create(destination));
  ABSL_ASSIGN_OR_RETURN(const DirectoryReport report,
                        WriteInto(context, directory->hidden_path(), /*is_new=*/true, parts, options));
  ABSL_RETURN_IF_ERROR(context.Check());
  ABSL_RETURN_IF_ERROR(directory->Commit());
  return report;
}

}  // namespace

std::string DirectoryReport::Warning() const {
  std::vector<std::string> parts;
  const auto add = [&](int64_t count, absl::string_view one, absl::string_view many) {
    if (count > 0) parts.push_back(count == 1 ? absl::StrCat("1 ", one) : absl::StrCat(count, " ", many));
  };
  add(devices_left_out, "device was left out", "devices were left out");
  add(foreign_owners, "file belongs to you instead of its owner", "files belong to you instead of their owners");
  add(xattrs_left_out, "extended attribute was left out", "extended attributes were left out");
  if (parts.empty()) return "";
  return absl::StrCat(absl::StrJoin(parts, ", "), ", because that needs other rights or another file system");
}

absl::StatusOr<DirectoryReport> WriteDirectory(const Context& context, const std::string& destination,
                                               absl::Span<const DirectoryPart> parts, const DirectoryOptions& options) {
  std::string path = destination;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  struct stat status;
  absl::StatusOr<DirectoryReport> report = lstat(path.c_str(), &status) == 0
                                               ? WriteInto(context, path, /*is_new=*/false, parts, options)
                                               : WriteNew(context, path, parts, options);
  if (report.ok()) return report;
  return Annotate(report.status(), destination);
}

}  // namespace waybill::oci::rootfs::disk
