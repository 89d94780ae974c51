// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/disk/marker.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "oci/error.h"
#include "oci/rootfs/disk/beneath.h"
#include "oci/status_macros.h"

namespace waybill::oci::rootfs::disk {
namespace {

constexpr absl::string_view kHiddenPrefix = ".waybill-";
constexpr size_t kHexDigits = 16;  // of file::RandomName
// Only a process that clears up meanwhile takes a marker before it is locked.
constexpr int kAttempts = 16;

bool IsHiddenName(absl::string_view name) {
  return absl::ConsumePrefix(&name, kHiddenPrefix) && name.size() == kHexDigits &&
         absl::c_all_of(name, [](char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); });
}

std::string HiddenNameOf(const std::string& marker) { return absl::StrCat(marker, ".new"); }

bool Lock(const file::Fd& fd) { return flock(fd.number(), LOCK_EX | LOCK_NB) == 0; }

bool IsRemoved(const file::Fd& fd) {
  struct stat info;
  return fstat(fd.number(), &info) == 0 && info.st_nlink == 0;
}

// Open and locked, when it is of the type, has a hidden name, is this user's, and nobody else has it; else not valid.
file::Fd TakeAbandoned(const file::Fd& directory, const std::string& name, mode_t type) {
  struct stat info;
  // Before it is opened: opening a device or a FIFO of this name may do something.
  if (!IsHiddenName(name) || fstatat(directory.number(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0 ||
      (info.st_mode & S_IFMT) != type || info.st_uid != geteuid()) {
    return {};
  }
  file::Fd fd(openat(directory.number(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid() || !Lock(fd) || IsRemoved(fd)) return {};
  return fd;
}

// The directory that the marker tells.
std::optional<std::string> NotedIn(const file::Fd& marker) {
  std::string text(PATH_MAX, '\0');
  const ssize_t size = pread(marker.number(), text.data(), text.size(), 0);
  if (size < 0) return std::nullopt;
  text.resize(static_cast<size_t>(size));
  return text.substr(0, text.find('\0'));
}

absl::Status RemoveNoted(const file::Fd& root, const file::Fd& marker, const std::string& name) {
  const std::optional<std::string> noted = NotedIn(marker);
  if (!noted.has_value()) return ErrnoError(errno, "read the marker");
  const absl::StatusOr<file::Fd> directory = OpenBeneath(root, *noted);
  // With its directory it is gone as well.
  if (ReasonOf(directory.status()) == Reason::kNotFound) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(directory.status());
  return RemoveBeneath(*directory, HiddenNameOf(name));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Marker>> Marker::Create(const file::Fd& root) {
  file::Fd own(fcntl(root.number(), F_DUPFD_CLOEXEC, 0));
  if (!own.valid()) return ErrnoError(errno, "open a directory");
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ABSL_ASSIGN_OR_RETURN(std::string name, file::RandomName(kHiddenPrefix));
    file::Fd fd(openat(root.number(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd.valid()) return ErrnoError(errno, "create a file");
    const bool locked = Lock(fd);
    // Until it was locked it looked abandoned: whoever has the lock removes it, or has just done so.
    if ((!locked && errno == EWOULDBLOCK) || IsRemoved(fd)) continue;
    return std::unique_ptr<Marker>(new Marker(std::move(own), std::move(name), std::move(fd)));
  }
  return StorageError("create a file: it is removed again and again");
}

Marker::~Marker() {
  if (!removed_) unlinkat(root_.number(), name_.c_str(), 0);
}

absl::Status Marker::Remove() {
  if (removed_) return absl::OkStatus();
  if (unlinkat(root_.number(), name_.c_str(), 0) != 0) return ErrnoError(errno, "remove a file");
  removed_ = true;
  return absl::OkStatus();
}

std::string Marker::hidden() const { return HiddenNameOf(name_); }

absl::Status Marker::Note(const std::string& directory) {
  if (directory == noted_) return absl::OkStatus();
  // In one call, so that a kill leaves the path of before or this one.
  const std::string text = directory + '\0';
  if (pwrite(fd_.number(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    return ErrnoError(errno, "write a file");
  }
  noted_ = directory;
  return absl::OkStatus();
}

void RemoveLeftovers(const file::Fd& root) {
  const absl::StatusOr<std::vector<std::string>> names = NamesIn(root);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    const file::Fd marker = TakeAbandoned(root, name, S_IFREG);
    if (marker.valid() && RemoveNoted(root, marker, name).ok()) (void)unlinkat(root.number(), name.c_str(), 0);
  }
}

void RemoveAbandonedDirectories(const std::string& parent) {
  const absl::StatusOr<file::Fd> directory = file::OpenDirectory(parent);
  if (!directory.ok()) return;
  const absl::StatusOr<std::vector<std::string>> names = NamesIn(*directory);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    const file::Fd abandoned = TakeAbandoned(*directory, name, S_IFDIR);
    if (abandoned.valid()) (void)RemoveBeneath(*directory, name);
  }
}

}  // namespace waybill::oci::rootfs::disk
