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
#include "oci/layout/file_identity.h"
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

}  // namespace

absl::StatusOr<std::unique_ptr<IndexLock>> IndexLock::Acquire(const Context& context, const std::string& root) {
  const std::string path = absl::StrCat(root, "/", kIndexFile, ".lock");
  while (true) {
    ABSL_RETURN_IF_ERROR(Annotate(context.Check(), absl::StrCat("lock ", path)));
    io::Fd fd(open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!fd.valid()) return ErrnoError(errno, absl::StrCat("lock ", path));
    if (flock(fd.number(), LOCK_EX | LOCK_NB) == 0) {
      // The holder before us removed the file that we had opened: then this lock means nothing.
      if (IsFileAt(fd, path)) return std::unique_ptr<IndexLock>(new IndexLock(path, std::move(fd)));
      continue;
    }
    if (errno != EWOULDBLOCK && errno != EINTR) return ErrnoError(errno, absl::StrCat("lock ", path));
    WaitBriefly(context);
  }
}

bool IndexLock::StillHeld() const { return IsFileAt(fd_, path_); }

IndexLock::~IndexLock() {
  // Before the lock goes: afterwards the file may be another's.
  if (StillHeld()) unlink(path_.c_str());
}

}  // namespace waybill::oci::layout
