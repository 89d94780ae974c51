// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/disk/metadata.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/rootfs/folder.h"
#include "oci/status_macros.h"

namespace waybill::oci::rootfs::disk {
namespace {

constexpr uint16_t kSetIdBits = 06000;

absl::Status Look(const Written& written, struct stat& now) {
  const int failed = written.file != nullptr
                         ? fstat(written.file->number(), &now)
                         : fstatat(written.directory.number(), written.name.c_str(), &now, AT_SYMLINK_NOFOLLOW);
  return failed == 0 ? absl::OkStatus() : ErrnoError(errno, "look at the file");
}

// Whether the file has the owner that it should.
absl::StatusOr<bool> SetOwner(const Written& written, const Inode& inode) {
  const int failed = written.file != nullptr ? fchown(written.file->number(), inode.uid, inode.gid)
                                             : fchownat(written.directory.number(), written.name.c_str(), inode.uid,
                                                        inode.gid, AT_SYMLINK_NOFOLLOW);
  if (failed == 0) return true;
  // EINVAL: an id that the caller's user namespace does not have.
  if (errno == EPERM || errno == EINVAL) return false;
  return ErrnoError(errno, "change the owner");
}

absl::Status SetMode(const Written& written, mode_t mode) {
  const int failed = written.file != nullptr
                         ? fchmod(written.file->number(), mode)
                         : fchmodat(written.directory.number(), written.name.c_str(), mode, AT_SYMLINK_NOFOLLOW);
  return failed == 0 ? absl::OkStatus() : ErrnoError(errno, "change the mode");
}

absl::Status SetXattr(const Written& written, const Xattr& xattr, DirectoryReport& report) {
  const auto& [name, value] = xattr;
  if (absl::StartsWith(name, kLeftOutXattrs)) return absl::OkStatus();
  // There is no call for a name in an open directory.
  const std::string path = absl::StrCat("/proc/self/fd/", written.directory.number(), "/", written.name);
  const int failed = written.file != nullptr
                         ? fsetxattr(written.file->number(), name.c_str(), value.data(), value.size(), 0)
                         : lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0);
  if (failed == 0) return absl::OkStatus();
  if (errno == ENOSPC || errno == EDQUOT || errno == EIO) return ErrnoError(errno, "set an extended attribute");
  ++report.xattrs_left_out;  // the caller may not, or the file system has none or not this one
  return absl::OkStatus();
}

absl::Status SetTime(const Written& written, int64_t nanoseconds) {
  constexpr int64_t kSecond = 1'000'000'000;
  timespec time;
  time.tv_sec = nanoseconds / kSecond;
  time.tv_nsec = nanoseconds % kSecond;
  if (time.tv_nsec < 0) {
    time.tv_nsec += kSecond;
    --time.tv_sec;
  }
  const timespec times[2] = {time, time};
  const int failed = written.file != nullptr
                         ? futimens(written.file->number(), times)
                         : utimensat(written.directory.number(), written.name.c_str(), times, AT_SYMLINK_NOFOLLOW);
  return failed == 0 ? absl::OkStatus() : ErrnoError(errno, "change the time");
}

}  // namespace

absl::Status SetMetadata(const Written& written, const Metadata& metadata, DirectoryReport& report) {
  uint16_t mode = metadata.inode.mode;
  // To look costs less than to change: most files are made with the right owner, and many with the right mode.
  struct stat now;
  ABSL_RETURN_IF_ERROR(Look(written, now));
  const bool changes_owner = now.st_uid != metadata.inode.uid || now.st_gid != metadata.inode.gid;
  if (metadata.owner && changes_owner) {
    ABSL_ASSIGN_OR_RETURN(const bool owned, SetOwner(written, metadata.inode));
    if (!owned) {
      ++report.foreign_owners;
      // They would lend the rights of another user than they were meant for.
      mode &= static_cast<uint16_t>(~kSetIdBits);
    }
  }
  for (const Xattr& xattr : metadata.xattrs) ABSL_RETURN_IF_ERROR(SetXattr(written, xattr, report));
  // After the owner, whose change takes set-id bits away.
  const bool changes_mode = changes_owner || (now.st_mode & 07777) != mode;
  if (metadata.inode.kind != Kind::kSymlink && changes_mode) ABSL_RETURN_IF_ERROR(SetMode(written, mode));
  return SetTime(written, metadata.mtime);
}

}  // namespace waybill::oci::rootfs::disk
