// SPDX-License-Identifier: Apache-2.0
#include "oci/file/fd.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::file {
namespace {

absl::Status RequireRegular(const struct stat& info, const std::string& path) {
  if (S_ISREG(info.st_mode)) return absl::OkStatus();
  const absl::string_view what = S_ISDIR(info.st_mode)   ? "a directory"
                                 : S_ISLNK(info.st_mode) ? "a symbolic link"
                                                         : "not a regular file";
  return InvalidInputError(absl::StrCat("open ", path, ": it is ", what));
}

}  // namespace

Fd::~Fd() {
  if (valid()) close(number_);
}

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this == &other) return *this;
  if (valid()) close(number_);
  number_ = std::exchange(other.number_, -1);
  return *this;
}

absl::Status Fd::Close(absl::string_view name) {
  if (!valid()) return absl::OkStatus();
  // After EINTR Linux has closed the descriptor all the same.
  if (close(std::exchange(number_, -1)) != 0 && errno != EINTR) return ErrnoError(errno, absl::StrCat("close ", name));
  return absl::OkStatus();
}

absl::StatusOr<RegularFile> OpenRegular(const std::string& path, Links links) {
  // O_NONBLOCK only matters for what is refused below: a FIFO would wait for its writer.
  const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (links == Links::kNever ? O_NOFOLLOW : 0);
  RegularFile file{Fd(open(path.c_str(), flags))};
  if (!file.fd.valid()) {
    if (errno == ELOOP && links == Links::kNever) {
      return InvalidInputError(absl::StrCat("open ", path, ": it is a symbolic link"));
    }
    return ErrnoError(errno, absl::StrCat("open ", path));
  }
  struct stat info;
  if (fstat(file.fd.number(), &info) != 0) return ErrnoError(errno, absl::StrCat("stat ", path));
  ABSL_RETURN_IF_ERROR(RequireRegular(info, path));
  file.size = info.st_size;
  return file;
}

absl::StatusOr<int64_t> RegularFileSize(const std::string& path, Links links) {
  struct stat info;
  if (fstatat(AT_FDCWD, path.c_str(), &info, links == Links::kNever ? AT_SYMLINK_NOFOLLOW : 0) != 0) {
    return ErrnoError(errno, absl::StrCat("open ", path));
  }
  ABSL_RETURN_IF_ERROR(RequireRegular(info, path));
  return info.st_size;
}

absl::StatusOr<Fd> OpenDirectory(const std::string& path) {
  Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoError(errno, absl::StrCat("open directory ", path));
  return fd;
}

std::string ParentOf(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

std::vector<std::string> MissingDirectories(std::string path) {
  std::vector<std::string> missing;
  struct stat info;
  while (lstat(path.c_str(), &info) != 0) {
    missing.push_back(path);
    std::string parent = ParentOf(path);
    if (parent == path) break;
    path = std::move(parent);
  }
  std::reverse(missing.begin(), missing.end());
  return missing;
}

absl::Status MakeDirectories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  // Never NOT_FOUND: a part of the path that is a file is in the way.
  if (error) return StorageError(absl::StrCat("create directory ", path, ": ", error.message()));
  return absl::OkStatus();
}

absl::Status SyncDirectory(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const Fd fd, OpenDirectory(path));
  return SyncOpenDirectory(fd, path);
}

absl::Status SyncOpenDirectory(const Fd& fd, absl::string_view path) {
  if (fsync(fd.number()) != 0) return ErrnoError(errno, absl::StrCat("sync directory ", path));
  return absl::OkStatus();
}

absl::Status SyncParents(absl::Span<const std::string> paths) {
  std::set<std::string> parents;
  for (const std::string& path : paths) parents.insert(ParentOf(path));
  for (const std::string& parent : parents) ABSL_RETURN_IF_ERROR(SyncDirectory(parent));
  return absl::OkStatus();
}

absl::Status WriteFully(const Fd& fd, absl::string_view bytes, absl::string_view name) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd.number(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoError(errno, absl::StrCat("write ", name));
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> RandomName(absl::string_view prefix) {
  uint64_t random = 0;
  if (getrandom(&random, sizeof(random), 0) != sizeof(random)) return ErrnoError(errno, "getrandom");
  return absl::StrCat(prefix, absl::Hex(random, absl::kZeroPad16));
}

}  // namespace waybill::oci::file
