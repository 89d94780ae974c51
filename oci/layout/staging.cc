// SPDX-License-Identifier: Apache-2.0
#include "oci/layout/staging.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/file/file_identity.h"
#include "oci/status_macros.h"

namespace waybill::oci::layout {
namespace {

constexpr absl::string_view kPrefix = ".waybill-";

constexpr char kLock[] = "lock";

struct Locked {
  file::Fd directory;
  file::Fd lock;
};

// Makes the lock file where there is none yet: its maker and those who clear up meet at the same file. UNAVAILABLE
// while another has it; NOT_FOUND when the directory is gone, or a symbolic link.
absl::StatusOr<Locked> Lock(const std::string& path) {
  const std::string attempted = absl::StrCat("lock ", path);
  file::Fd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.valid()) return ErrnoError(errno, attempted);
  file::Fd lock(openat(directory.number(), kLock, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock.valid()) return ErrnoError(errno, attempted);
  if (flock(lock.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return absl::UnavailableError(absl::StrCat(attempted, ": another has it"));
    return ErrnoError(errno, attempted);
  }
  if (!file::IsFileAt(lock, absl::StrCat(path, "/", kLock))) return NotFoundError(absl::StrCat(attempted, ": removed"));
  return Locked{std::move(directory), std::move(lock)};
}

std::vector<std::string> NamesIn(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(entry->path().filename());
  }
  return names;
}

// The lock must be held. What cannot be removed stays, hidden, for the next one to try.
void Remove(const std::string& path, const file::Fd& directory) {
  for (const std::string& name : NamesIn(path)) {
    if (name != kLock) unlinkat(directory.number(), name.c_str(), 0);
  }
  unlinkat(directory.number(), kLock, 0);
  rmdir(path.c_str());  // fails where somebody has just made a new lock file: then it is that one's
}

void RemoveAbandoned(const std::string& ingest) {
  for (const std::string& name : NamesIn(ingest)) {
    if (!absl::StartsWith(name, kPrefix)) continue;
    const std::string path = absl::StrCat(ingest, "/", name);
    if (const absl::StatusOr<Locked> locked = Lock(path); locked.ok()) Remove(path, locked->directory);
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Staging>> Staging::Create(const std::string& ingest) {
  RemoveAbandoned(ingest);
  // Others may remove `ingest` whenever it is empty, and ours until it is locked.
  constexpr int kAttempts = 20;
  absl::Status last;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ABSL_RETURN_IF_ERROR(file::MakeDirectories(ingest));
    ABSL_ASSIGN_OR_RETURN(std::string path, file::RandomName(absl::StrCat(ingest, "/", kPrefix)));
    if (mkdir(path.c_str(), 0700) != 0) {
      last = ErrnoError(errno, absl::StrCat("create a directory in ", ingest));
    } else if (absl::StatusOr<Locked> locked = Lock(path); locked.ok()) {
      return std::unique_ptr<Staging>(
          new Staging(std::move(path), std::move(locked->directory), std::move(locked->lock)));
    } else {
      last = locked.status();
      // One who clears up removes the directory together with the lock file that it holds.
      if (!absl::IsUnavailable(last)) unlink(absl::StrCat(path, "/", kLock).c_str());
      rmdir(path.c_str());
    }
    if (!absl::IsNotFound(last) && !absl::IsUnavailable(last)) return last;
  }
  return last;
}

Staging::~Staging() { Remove(path_, directory_); }

}  // namespace waybill::oci::layout
