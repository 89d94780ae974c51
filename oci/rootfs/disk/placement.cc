// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/disk/placement.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/rootfs/disk/beneath.h"
#include "oci/rootfs/folder.h"
#include "oci/status_macros.h"

namespace waybill::oci::rootfs::disk {

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos ? "" : path.substr(0, slash);
}

std::string Placement::Now(const std::string& path) const {
  if (!hiding_.has_value() || !absl::StartsWith(path, *hiding_)) return path;
  const absl::string_view rest = absl::string_view(path).substr(hiding_->size());
  if (!rest.empty() && rest[0] != '/') return path;
  return absl::StrCat(PathInFolder(ParentOf(*hiding_), hidden_), rest);
}

absl::StatusOr<const file::Fd*> Placement::Open(const std::string& path) {
  if (!current_.valid() || path != current_path_) {
    ABSL_ASSIGN_OR_RETURN(current_, OpenBeneath(root_, Now(path)));
    current_path_ = path;
  }
  return &current_;
}

absl::StatusOr<const file::Fd*> Placement::Parent(const std::string& path) { return Open(ParentOf(path)); }

absl::Status Placement::Hide(const std::string& path) {
  ABSL_RETURN_IF_ERROR(Announce(path));
  ABSL_ASSIGN_OR_RETURN(const file::Fd* const parent, Parent(path));
  if (mkdirat(parent->number(), hidden_.c_str(), 0700) != 0) return ErrnoError(errno, "create the directory");
  hiding_ = path;
  return absl::OkStatus();
}

absl::Status Placement::Reveal(const std::string& path) {
  if (hiding_ != path) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const file::Fd* const parent, Parent(path));
  const std::string name = NameOf(path);
  int failed = renameat(parent->number(), hidden_.c_str(), parent->number(), name.c_str());
  if (failed != 0 && (errno == ENOTDIR || errno == ENOTEMPTY || errno == EEXIST)) {
    ABSL_RETURN_IF_ERROR(RemoveBeneath(*parent, name));
    failed = renameat(parent->number(), hidden_.c_str(), parent->number(), name.c_str());
  }
  if (failed != 0) return ErrnoError(errno, "name the directory");
  hiding_.reset();
  return absl::OkStatus();
}

absl::Status Placement::Discard() {
  if (!hiding_.has_value()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const file::Fd* const parent, Parent(*hiding_));
  ABSL_RETURN_IF_ERROR(RemoveBeneath(*parent, hidden_));
  hiding_.reset();
  return absl::OkStatus();
}

}  // namespace waybill::oci::rootfs::disk
