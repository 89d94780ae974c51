// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/store/inside.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::store {
namespace {

// EAGAIN: somebody renames directories meanwhile.
constexpr int kMaxTries = 1000;
// A FIFO opens at once.
constexpr uint64_t kFileFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

absl::StatusOr<oci::file::Fd> Open(const oci::file::Fd& from, const std::string& path, uint64_t flags,
                                   uint64_t resolve) {
  open_how how = {};
  how.flags = flags;
  how.resolve = resolve | RESOLVE_NO_MAGICLINKS;
  for (int tries = 0;; ++tries) {
    const long number = syscall(SYS_openat2, from.number(), path.c_str(), &how, sizeof how);
    if (number >= 0) return oci::file::Fd(static_cast<int>(number));
    if ((errno == EINTR || errno == EAGAIN) && tries < kMaxTries) continue;
    return oci::ErrnoError(errno, absl::StrCat("open ", path));
  }
}

absl::StatusOr<oci::file::RegularFile> Regular(absl::StatusOr<oci::file::Fd> fd, const std::string& path) {
  ABSL_RETURN_IF_ERROR(fd.status());
  struct stat status;
  if (fstat(fd->number(), &status) != 0) return oci::ErrnoError(errno, absl::StrCat("look at ", path));
  if (!S_ISREG(status.st_mode)) return oci::InvalidInputError(absl::StrCat(path, " is not a regular file"));
  return oci::file::RegularFile{.fd = *std::move(fd), .size = status.st_size};
}

}  // namespace

absl::StatusOr<oci::file::Fd> OpenDirectoryIn(const oci::file::Fd& root, const std::string& path) {
  return Open(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, RESOLVE_IN_ROOT);
}

absl::StatusOr<std::string> ReadFileIn(const oci::file::Fd& root, const std::string& path, size_t limit) {
  ABSL_ASSIGN_OR_RETURN(const oci::file::RegularFile file,
                        Regular(Open(root, path, kFileFlags, RESOLVE_IN_ROOT), path));
  std::string bytes(std::min<size_t>(limit, static_cast<size_t>(file.size)), '\0');
  size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t count = read(file.fd.number(), bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return oci::ErrnoError(errno, absl::StrCat("read ", path));
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  bytes.resize(size);
  return bytes;
}

absl::StatusOr<oci::file::RegularFile> OpenFileBeneath(const oci::file::Fd& directory, const std::string& path) {
  return Regular(Open(directory, path, kFileFlags | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS), path);
}

}  // namespace waybill::exporter::bridge::store
