// SPDX-License-Identifier: Apache-2.0
#include "oci/layout/index_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/testing/faults.h"
#include "oci/file/testing/files.h"

namespace waybill::oci::layout {
namespace {

using file::testing::FilesUnder;
using file::testing::NewTempDir;
using file::testing::WriteFile;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class IndexLockTest : public ::testing::Test {
 protected:
  std::unique_ptr<IndexLock> Acquire() {
    absl::StatusOr<std::unique_ptr<IndexLock>> lock = IndexLock::Acquire(Context(), root_);
    EXPECT_EQ(lock.status(), absl::OkStatus());
    return lock.ok() ? *std::move(lock) : nullptr;
  }
  const std::string root_ = NewTempDir();
  const std::string path_ = root_ + "/index.json.lock";
};

TEST_F(IndexLockTest, TheFileIsThereWhileItIsHeld) {
  {
    const std::unique_ptr<IndexLock> lock = Acquire();
    EXPECT_TRUE(lock->StillHeld());
    EXPECT_THAT(FilesUnder(root_), ElementsAre("index.json.lock"));
  }
  EXPECT_THAT(FilesUnder(root_), IsEmpty());
}

TEST_F(IndexLockTest, AFileThatADeadProcessLeftIsNoObstacle) {
  WriteFile(path_, "");
  Acquire();
  EXPECT_THAT(FilesUnder(root_), IsEmpty());
}

TEST_F(IndexLockTest, WaitsForAnotherHolder) {
  std::unique_ptr<IndexLock> first = Acquire();
  absl::Notification started;
  std::atomic<bool> released = false;
  std::jthread second([&] {
    started.Notify();
    const std::unique_ptr<IndexLock> lock = Acquire();
    EXPECT_TRUE(released) << "both held it";
  });
  started.WaitForNotification();
  released = true;
  first.reset();
}

// BuildKit's clients unlock the file and then remove it, when it may be locked by another already.
TEST_F(IndexLockTest, NoticesThatTheFileWasRemoved) {
  std::unique_ptr<IndexLock> lock = Acquire();
  ASSERT_EQ(unlink(path_.c_str()), 0);
  EXPECT_FALSE(lock->StillHeld());
  const std::unique_ptr<IndexLock> other = Acquire();
  lock.reset();
  EXPECT_TRUE(other->StillHeld()) << "another's file was removed";
}

// gofrs/flock, which BuildKit's clients use, takes flock(2) on the same file.
TEST_F(IndexLockTest, ExcludesFlock) {
  const std::unique_ptr<IndexLock> lock = Acquire();
  const file::Fd other(open(path_.c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_EQ(flock(other.number(), LOCK_EX | LOCK_NB), -1);
  EXPECT_EQ(errno, EWOULDBLOCK);
}

// As on NFS without its lock service.
TEST_F(IndexLockTest, WithoutLocksItLeavesNothing) {
  if (!file::testing::CanInjectFaults()) GTEST_SKIP() << "seccomp's notifier is not allowed here";
  const auto acquire = [this] { return IndexLock::Acquire(Context(), root_).ok() ? 0 : 1; };
  const file::testing::FaultedRun plain = file::testing::RunWithFault(root_, std::nullopt, acquire);
  const auto lock = std::find_if(plain.calls.begin(), plain.calls.end(),
                                 [](const std::string& call) { return absl::StartsWith(call, "flock "); });
  ASSERT_NE(lock, plain.calls.end());
  const file::testing::Fault fault{.call = static_cast<size_t>(lock - plain.calls.begin()), .error = ENOLCK};
  EXPECT_EQ(file::testing::RunWithFault(root_, fault, acquire).exit_code, 1);
  EXPECT_THAT(FilesUnder(root_), IsEmpty());
  // Another's file stays.
  WriteFile(path_, "");
  EXPECT_EQ(file::testing::RunWithFault(root_, {{.call = fault.call - 1, .error = ENOLCK}}, acquire).exit_code, 1);
  EXPECT_THAT(FilesUnder(root_), ElementsAre("index.json.lock"));
}

TEST_F(IndexLockTest, AMissingDirectoryAndALinkAreNamed) {
  const absl::Status missing = IndexLock::Acquire(Context(), root_ + "/none").status();
  EXPECT_EQ(ReasonOf(missing), Reason::kNotFound);
  EXPECT_EQ(missing.message(), absl::StrCat("lock ", root_, "/none/index.json.lock: No such file or directory"));
  ASSERT_EQ(symlink("/etc/passwd", path_.c_str()), 0);
  const absl::Status link = IndexLock::Acquire(Context(), root_).status();
  EXPECT_EQ(ReasonOf(link), Reason::kStorage);
  EXPECT_EQ(link.message(), absl::StrCat("lock ", path_, ": Too many levels of symbolic links"));
}

}  // namespace
}  // namespace waybill::oci::layout
