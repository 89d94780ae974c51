// SPDX-License-Identifier: Apache-2.0
#include "oci/layout/index_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/file/file_identity.h"
#include "oci/layout/layout.h"
#include "oci/status_macros.h"

namespace waybill::oci::layout {
namespace {

// flock(2) cannot wait for a lock and for a cancellation at once.
constexpr std::chrono::milliseconds kRetryEvery(5);

// Returns early when the context is stopped.
void WaitBriefly(const Context& context) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, context.stop_token(), kRetryEvery, [] { return false; });
}

struct LockFile {
  file::Fd fd;
  bool made = false;  // by us
};

// Not valid where another made or removed the file in between.
absl::StatusOr<LockFile> OpenLockFile(const std::string& path) {
  constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_CLOEXEC;
  LockFile file{.fd = file::Fd(open(path.c_str(), kFlags))};
  if (!file.fd.valid() && errno == ENOENT) {
    file = {.fd = file::Fd(open(path.c_str(), kFlags | O_CREAT | O_EXCL, 0644)), .made = true};
    if (!file.fd.valid() && errno == EEXIST) return LockFile{};
  }
  if (!file.fd.valid()) return ErrnoError(errno, absl::StrCat("lock ", path));
  return file;
}

}  // namespace

absl::StatusOr<std::unique_ptr<IndexLock>> IndexLock::Acquire(const Context& context, const std::string& root) {
  const std::string path = absl::StrCat(root, "/", kIndexFile, ".lock");
  while (true) {
    ABSL_RETURN_IF_ERROR(Annotate(context.Check(), absl::StrCat("lock ", path)));
    ABSL_ASSIGN_OR_RETURN(LockFile file, OpenLockFile(path));
    if (!file.fd.valid()) continue;
    if (flock(file.fd.number(), LOCK_EX | LOCK_NB) == 0) {
      // The holder before us removed the file that we had opened: then this lock means nothing.
      if (file::IsFileAt(file.fd, path)) return std::unique_ptr<IndexLock>(new IndexLock(path, std::move(file.fd)));
      continue;
    }
    if (errno != EWOULDBLOCK && errno != EINTR) {
      const absl::Status failed = ErrnoError(errno, absl::StrCat("lock ", path));
      if (file.made) unlink(path.c_str());
      return failed;
    }
    WaitBriefly(context);
  }
}

bool IndexLock::StillHeld() const { return file::IsFileAt(fd_, path_); }

IndexLock::~IndexLock() {
  // Before the lock goes: afterwards the file may be another's.
  if (StillHeld()) unlink(path_.c_str());
}

}  // namespace waybill::oci::layout
