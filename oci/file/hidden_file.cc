// SPDX-License-Identifier: Apache-2.0
#include "oci/file/hidden_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "oci/error.h"
#include "oci/file/file_identity.h"
#include "oci/status_macros.h"

namespace waybill::oci::file {
namespace {

constexpr absl::string_view kPrefix = ".waybill-";
constexpr size_t kHexDigits = 16;
// Only a process that clears up meanwhile takes a file before it is locked.
constexpr int kAttempts = 16;
// A directory with more entries than this is searched in part.
constexpr int kMaxEntries = 100'000;

bool IsHiddenName(absl::string_view name) {
  return absl::ConsumePrefix(&name, kPrefix) && name.size() == kHexDigits &&
         absl::c_all_of(name, [](char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); });
}

// NFS locks only what is open for writing; a file without write permission opens for reading alone.
Fd OpenLeftover(const std::string& path) {
  constexpr int kFlags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
  Fd fd(open(path.c_str(), O_RDWR | kFlags));
  return fd.valid() ? std::move(fd) : Fd(open(path.c_str(), O_RDONLY | kFlags));
}

void RemoveIfAbandoned(const std::string& path) {
  struct stat info;
  // Before it is opened: opening a device or a FIFO of this name may do something.
  if (lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_uid != geteuid()) return;
  const Fd fd = OpenLeftover(path);
  if (!fd.valid() || flock(fd.number(), LOCK_EX | LOCK_NB) != 0) return;
  if (IsFileAt(fd, path)) unlink(path.c_str());
}

}  // namespace

absl::StatusOr<std::string> NewHiddenName(absl::string_view directory) {
  return RandomName(absl::StrCat(directory, "/", kPrefix));
}

absl::StatusOr<HiddenFile> CreateHiddenFile(const std::string& directory, mode_t mode, absl::string_view name) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ABSL_ASSIGN_OR_RETURN(std::string path, NewHiddenName(directory));
    Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!fd.valid()) return ErrnoError(errno, absl::StrCat("create ", name));
    const bool locked = flock(fd.number(), LOCK_EX | LOCK_NB) == 0;
    // Until it was locked it looked abandoned: whoever has the lock removes it, or has just done so.
    if (!locked && errno == EWOULDBLOCK) continue;
    if (!locked || IsFileAt(fd, path)) return HiddenFile{std::move(fd), std::move(path)};
  }
  return StorageError(absl::StrCat("create ", name, ": its temporary file is removed again and again"));
}

void RemoveAbandonedFiles(const std::string& directory) {
  std::error_code error;
  int entries = 0;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (++entries > kMaxEntries) return;
    const std::string name = entry->path().filename().string();
    if (IsHiddenName(name)) RemoveIfAbandoned(absl::StrCat(directory, "/", name));
  }
}

}  // namespace waybill::oci::file
