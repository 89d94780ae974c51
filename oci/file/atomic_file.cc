// SPDX-License-Identifier: Apache-2.0
#include "oci/file/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/file/hidden_file.h"
#include "oci/status_macros.h"

namespace waybill::oci::file {
namespace {

constexpr int64_t kFlushEvery = 8 << 20;

// By which a file without a name gets one (open(2)).
std::string ProcPathOf(const Fd& fd) { return absl::StrCat("/proc/self/fd/", fd.number()); }

// Invalid where the file system has no such files, or where there is no /proc to name them by later.
Fd OpenUnnamed(const std::string& directory, mode_t mode) {
  Fd fd(open(directory.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, mode));
  if (fd.valid() && access(ProcPathOf(fd).c_str(), F_OK) != 0) return Fd();
  return fd;
}

// Without a path where it needs no name. `name` is for the error.
absl::StatusOr<HiddenFile> CreateTemporary(const std::string& directory, const AtomicFile::Options& options,
                                           absl::string_view name) {
  if (!options.named) {
    // Whatever is wrong with the directory itself, the other way fails of it too, and says so.
    if (Fd fd = OpenUnnamed(directory, options.mode); fd.valid()) return HiddenFile{std::move(fd), ""};
  }
  return CreateHiddenFile(directory, options.mode, name);
}

// Where a file of this name really goes: symbolic links are followed, what cannot be replaced is refused.
absl::StatusOr<std::string> ResolveDestination(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return path;
    return ErrnoError(errno, absl::StrCat("create ", path));
  }
  std::string resolved = path;
  if (S_ISLNK(info.st_mode)) {
    std::error_code error;
    resolved = std::filesystem::canonical(path, error).string();
    if (error) return ErrnoError(error.value(), absl::StrCat("create ", path));
    if (lstat(resolved.c_str(), &info) != 0) return ErrnoError(errno, absl::StrCat("create ", path));
  }
  if (S_ISREG(info.st_mode)) return resolved;
  const absl::string_view what = S_ISDIR(info.st_mode) ? "a directory" : "not a regular file";
  return InvalidInputError(absl::StrCat("create ", path, ": it is ", what));
}

}  // namespace

absl::StatusOr<std::unique_ptr<AtomicFile>> AtomicFile::Create(const std::string& path, const Options& options) {
  ABSL_ASSIGN_OR_RETURN(std::string resolved, ResolveDestination(path));
  const std::string directory = ParentOf(resolved);
  if (options.sync) RemoveAbandonedFiles(directory);
  ABSL_ASSIGN_OR_RETURN(HiddenFile temporary, CreateTemporary(directory, options, path));
  return std::unique_ptr<AtomicFile>(
      new AtomicFile(std::move(temporary.fd), std::move(resolved), std::move(temporary.path), options.sync));
}

absl::StatusOr<std::unique_ptr<AtomicFile>> AtomicFile::CreateIn(const std::string& directory, const Options& options) {
  // Another process may remove the directory whenever it is empty.
  constexpr int kAttempts = 20;
  for (int attempt = 1;; ++attempt) {
    ABSL_RETURN_IF_ERROR(MakeDirectories(directory));
    absl::StatusOr<HiddenFile> temporary = CreateTemporary(directory, options, absl::StrCat("a file in ", directory));
    if (temporary.ok()) {
      return std::unique_ptr<AtomicFile>(
          new AtomicFile(std::move(temporary->fd), directory, std::move(temporary->path), options.sync));
    }
    if (ReasonOf(temporary.status()) != Reason::kNotFound || attempt == kAttempts) return temporary.status();
  }
}

AtomicFile::~AtomicFile() {
  if (!hidden_.empty()) unlink(hidden_.c_str());
}

absl::Status AtomicFile::Write(absl::string_view bytes) {
  ABSL_RETURN_IF_ERROR(WriteFully(fd_, bytes, path_));
  written_ += static_cast<int64_t>(bytes.size());
  if (sync_ && written_ - flushed_ >= kFlushEvery) {
    // The disk works while the next bytes come, so that the fsync at the end is short. Advice: errors show there.
    sync_file_range(fd_.number(), flushed_, written_ - flushed_, SYNC_FILE_RANGE_WRITE);
    flushed_ = written_;
  }
  return absl::OkStatus();
}

absl::Status AtomicFile::Close() {
  if (!closed_.has_value()) closed_ = CloseOnce();
  return *closed_;
}

absl::Status AtomicFile::CloseOnce() {
  if (sync_ && fsync(fd_.number()) != 0) return ErrnoError(errno, absl::StrCat("sync ", path_));
  return CheckClosing();
}

// The descriptor is needed on: a file without a name lives as long as it does, and so does a hidden file's lock.
// Closing another one reports lost data as well.
absl::Status AtomicFile::CheckClosing() const {
  Fd other(fcntl(fd_.number(), F_DUPFD_CLOEXEC, 0));
  if (!other.valid()) return ErrnoError(errno, absl::StrCat("close ", path_));
  return other.Close(path_);
}

absl::Status AtomicFile::Commit() {
  if (!sync_) return CommitTo(path_);
  // What may fail goes first.
  const std::string directory = ParentOf(path_);
  ABSL_ASSIGN_OR_RETURN(const Fd opened, OpenDirectory(directory));
  ABSL_RETURN_IF_ERROR(CommitTo(path_));
  return SyncOpenDirectory(opened, directory);
}

absl::Status AtomicFile::CommitTo(const std::string& path) {
  ABSL_RETURN_IF_ERROR(Close());
  return hidden_.empty() ? GiveName(path) : RenameTo(path);
}

absl::Status AtomicFile::GiveName(const std::string& path) {
  const std::string proc = ProcPathOf(fd_);
  if (linkat(AT_FDCWD, proc.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) {
    committed_ = true;
    return absl::OkStatus();
  }
  if (errno != EEXIST) return CopyTo(path);
  // Only rename(2) replaces, and it takes names only. The lock comes first, so that the name is never without it.
  ABSL_ASSIGN_OR_RETURN(std::string hidden, NewHiddenName(ParentOf(path)));
  flock(fd_.number(), LOCK_EX | LOCK_NB);
  if (linkat(AT_FDCWD, proc.c_str(), AT_FDCWD, hidden.c_str(), AT_SYMLINK_FOLLOW) != 0) return CopyTo(path);
  hidden_ = std::move(hidden);
  return RenameTo(path);
}

// For file systems and security modules that have files without a name, but give them none.
absl::Status AtomicFile::CopyTo(const std::string& path) {
  struct stat info;
  if (fstat(fd_.number(), &info) != 0) return ErrnoError(errno, absl::StrCat("stat ", path));
  ABSL_ASSIGN_OR_RETURN(HiddenFile copy, CreateHiddenFile(ParentOf(path), 0600, path));
  hidden_ = std::move(copy.path);
  for (off64_t offset = 0; offset < info.st_size;) {
    const ssize_t count = sendfile64(copy.fd.number(), fd_.number(), &offset, kFlushEvery);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return ErrnoError(count < 0 ? errno : EIO, absl::StrCat("write ", path));
  }
  if (fchmod(copy.fd.number(), info.st_mode & 07777) != 0 || (sync_ && fsync(copy.fd.number()) != 0)) {
    return ErrnoError(errno, absl::StrCat("sync ", path));
  }
  fd_ = std::move(copy.fd);
  ABSL_RETURN_IF_ERROR(CheckClosing());
  return RenameTo(path);
}

absl::Status AtomicFile::RenameTo(const std::string& path) {
  if (rename(hidden_.c_str(), path.c_str()) != 0) return ErrnoError(errno, absl::StrCat("rename to ", path));
  hidden_.clear();
  committed_ = true;
  return absl::OkStatus();
}

absl::Status WriteFileAtomically(const std::string& path, absl::string_view bytes, const AtomicFile::Options& options) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<AtomicFile> file, AtomicFile::Create(path, options));
  ABSL_RETURN_IF_ERROR(file->Write(bytes));
  return file->Commit();
}

}  // namespace waybill::oci::file
