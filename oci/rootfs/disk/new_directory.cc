// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/disk/new_directory.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/file/file_identity.h"
#include "oci/file/hidden_file.h"
#include "oci/rootfs/disk/beneath.h"
#include "oci/rootfs/disk/marker.h"
#include "oci/rootfs/disk/placement.h"
#include "oci/status_macros.h"

namespace waybill::oci::rootfs::disk {
namespace {

// Only a process that clears up meanwhile takes a directory before it is locked.
constexpr int kAttempts = 16;

}  // namespace

absl::StatusOr<std::unique_ptr<NewDirectory>> NewDirectory::Create(const std::string& path) {
  const std::string parent = file::ParentOf(path);
  std::unique_ptr<NewDirectory> made(new NewDirectory(path, file::MissingDirectories(parent)));
  ABSL_RETURN_IF_ERROR(file::MakeDirectories(parent));
  RemoveAbandonedDirectories(parent);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ABSL_ASSIGN_OR_RETURN(const bool locked, made->Make());
    if (locked) return made;
    rmdir(made->hidden_.c_str());
  }
  return StorageError(absl::StrCat("create ", path, ": it is removed again and again"));
}

absl::StatusOr<bool> NewDirectory::Make() {
  ABSL_ASSIGN_OR_RETURN(std::string hidden, file::NewHiddenName(file::ParentOf(path_)));
  if (mkdir(hidden.c_str(), 0777) != 0) return ErrnoError(errno, absl::StrCat("create ", path_));
  hidden_ = std::move(hidden);
  lock_ = file::Fd(open(hidden_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status;
  if (!lock_.valid() && errno == ENOENT) return false;
  if (!lock_.valid() || fstat(lock_.number(), &status) != 0 || fchmod(lock_.number(), 0700) != 0) {
    return ErrnoError(errno, absl::StrCat("create ", path_));
  }
  mode_ = status.st_mode & 07777;
  // Until it was locked it looked abandoned: whoever has the lock removes it, or has just done so. A file system
  // without locks has no such others.
  if (flock(lock_.number(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
  return file::IsFileAt(lock_, hidden_);
}

NewDirectory::~NewDirectory() {
  if (committed_) return;
  if (!hidden_.empty()) {
    // What cannot be removed stays, under its hidden name, and its parents with it.
    const absl::StatusOr<file::Fd> parent = file::OpenDirectory(file::ParentOf(hidden_));
    if (parent.ok() && !RemoveBeneath(*parent, NameOf(hidden_)).ok()) return;
  }
  for (auto made = parents_.rbegin(); made != parents_.rend() && rmdir(made->c_str()) == 0;) ++made;
}

absl::Status NewDirectory::Commit() {
  if (chmod(hidden_.c_str(), mode_) != 0) return ErrnoError(errno, absl::StrCat("create ", path_));
  int failed = renameat2(AT_FDCWD, hidden_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE);
  // A file system that does not know the flag: an empty directory would be replaced, and nothing else.
  if (failed != 0 && errno == EINVAL) failed = rename(hidden_.c_str(), path_.c_str());
  if (failed != 0) return ErrnoError(errno, absl::StrCat("create ", path_));
  committed_ = true;
  return absl::OkStatus();
}

}  // namespace waybill::oci::rootfs::disk
