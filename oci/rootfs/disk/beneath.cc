// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/disk/beneath.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::rootfs::disk {
namespace {

// EAGAIN: somebody renames directories meanwhile.
constexpr int kMaxTries = 1000;
constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

absl::StatusOr<file::Fd> OpenStepByStep(const file::Fd& root, const std::string& path) {
  file::Fd current(openat(root.number(), ".", kDirectoryFlags));
  const std::vector<std::string> parts = absl::StrSplit(path, '/', absl::SkipEmpty());
  for (const std::string& part : parts) {
    if (current.valid()) {
      if (part == "..") return InvalidInputError("a path leaves its directory");
      current = file::Fd(openat(current.number(), part.c_str(), kDirectoryFlags | O_NOFOLLOW));
    }
  }
  if (!current.valid()) return ErrnoError(errno, absl::StrCat("open the directory \"", path, "\""));
  return current;
}

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

// Whether it is gone; false when it is a directory.
absl::StatusOr<bool> Unlink(const file::Fd& directory, const std::string& name) {
  if (unlinkat(directory.number(), name.c_str(), 0) == 0 || errno == ENOENT) return true;
  const int unlink_error = errno;
  struct stat status;
  if (fstatat(directory.number(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode)) {
    return false;
  }
  return ErrnoError(unlink_error, absl::StrCat("remove \"", name, "\""));
}

// Removes what is no directory; returns the name of one that is.
absl::StatusOr<std::optional<std::string>> RemoveFiles(const file::Fd& directory) {
  // Its files cannot be removed otherwise.
  struct stat status;
  if (fstat(directory.number(), &status) == 0 && (status.st_mode & 0700) != 0700) {
    (void)fchmod(directory.number(), (status.st_mode & 07777) | 0700);
  }
  ABSL_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(directory));
  std::optional<std::string> below;
  for (const std::string& name : names) {
    ABSL_ASSIGN_OR_RETURN(const bool gone, Unlink(directory, name));
    if (!gone) below = name;
  }
  return below;
}

}  // namespace

absl::StatusOr<file::Fd> OpenBeneath(const file::Fd& root, const std::string& path) {
  open_how how = {};
  how.flags = kDirectoryFlags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const std::string& from_root = path.empty() ? "." : path;
  for (int tries = 0;; ++tries) {
    const long number = syscall(SYS_openat2, root.number(), from_root.c_str(), &how, sizeof how);
    if (number >= 0) return file::Fd(static_cast<int>(number));
    if ((errno == EINTR || errno == EAGAIN) && tries < kMaxTries) continue;
    if (errno == ENOSYS || errno == EPERM) return OpenStepByStep(root, path);
    return ErrnoError(errno, absl::StrCat("open the directory \"", path, "\""));
  }
}

absl::StatusOr<std::vector<std::string>> NamesIn(const file::Fd& directory) {
  // Its own descriptor: closedir closes it, and it has a position.
  file::Fd own(openat(directory.number(), ".", kDirectoryFlags));
  if (!own.valid()) return ErrnoError(errno, "open a directory");
  const std::unique_ptr<DIR, CloseDirectory> stream(fdopendir(own.number()));
  if (stream == nullptr) return ErrnoError(errno, "read a directory");
  (void)own.Release();
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(stream.get())) {
    const absl::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  if (errno != 0) return ErrnoError(errno, "read a directory");
  return names;
}

absl::Status RemoveBeneath(const file::Fd& directory, const std::string& name) {
  ABSL_ASSIGN_OR_RETURN(const bool gone, Unlink(directory, name));
  if (gone) return absl::OkStatus();
  std::vector<std::string> path = {name};
  while (!path.empty()) {
    const std::string joined = absl::StrJoin(path, "/");
    ABSL_ASSIGN_OR_RETURN(const file::Fd current, OpenBeneath(directory, joined));
    ABSL_ASSIGN_OR_RETURN(std::optional<std::string> below, RemoveFiles(current));
    if (below.has_value()) {
      path.push_back(*std::move(below));
      continue;
    }
    path.pop_back();
    ABSL_ASSIGN_OR_RETURN(const file::Fd parent, OpenBeneath(directory, absl::StrJoin(path, "/")));
    const std::string last = joined.substr(joined.rfind('/') + 1);
    if (unlinkat(parent.number(), last.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) {
      return ErrnoError(errno, absl::StrCat("remove the directory \"", joined, "\""));
    }
  }
  return absl::OkStatus();
}

}  // namespace waybill::oci::rootfs::disk
