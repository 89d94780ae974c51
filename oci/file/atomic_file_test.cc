// SPDX-License-Identifier: Apache-2.0
#include "oci/file/atomic_file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <functional>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/testing/faults.h"
#include "oci/file/testing/files.h"

namespace waybill::oci::file {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using testing::FilesUnder;
using ::testing::IsEmpty;
using testing::NewTempDir;
using testing::ReadFile;
using ::testing::StartsWith;
using testing::WriteFile;

mode_t ModeOf(const std::string& path) {
  struct stat info;
  return lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

// With a hidden name from the beginning (true), and without one where the file system can.
class AtomicFileTest : public ::testing::TestWithParam<bool> {
 protected:
  std::unique_ptr<AtomicFile> Create() {
    absl::StatusOr<std::unique_ptr<AtomicFile>> file = AtomicFile::Create(path_, {.named = GetParam()});
    EXPECT_EQ(file.status(), absl::OkStatus());
    return file.ok() ? *std::move(file) : nullptr;
  }
  const std::string directory_ = NewTempDir();
  const std::string path_ = directory_ + "/out";
};

INSTANTIATE_TEST_SUITE_P(Names, AtomicFileTest, ::testing::Bool(),
                         [](const auto& named) { return named.param ? "Named" : "Unnamed"; });

// Whether unnamed files can be made here at all.
bool HasUnnamedFiles(const std::string& directory) {
  const int fd = open(directory.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

TEST_P(AtomicFileTest, AppearsOnCommit) {
  const std::unique_ptr<AtomicFile> file = Create();
  ASSERT_EQ(file->Write("hello "), absl::OkStatus());
  ASSERT_EQ(file->Write("world"), absl::OkStatus());
  if (GetParam() || !HasUnnamedFiles(directory_)) {
    EXPECT_THAT(FilesUnder(directory_), ElementsAre(StartsWith(".waybill-")));
  } else {
    EXPECT_THAT(FilesUnder(directory_), IsEmpty());
  }
  ASSERT_EQ(file->Close(), absl::OkStatus());
  EXPECT_EQ(access(path_.c_str(), F_OK), -1);
  ASSERT_EQ(file->Commit(), absl::OkStatus());
  EXPECT_THAT(FilesUnder(directory_), ElementsAre("out"));
  EXPECT_EQ(ReadFile(path_), "hello world");
}

TEST_P(AtomicFileTest, DroppedLeavesWhatWasThere) {
  WriteFile(path_, "old");
  EXPECT_EQ(Create()->Write("new"), absl::OkStatus());
  EXPECT_THAT(FilesUnder(directory_), ElementsAre("out"));
  EXPECT_EQ(ReadFile(path_), "old");
}

TEST_P(AtomicFileTest, ReplacesAFile) {
  WriteFile(path_, "old and longer");
  ASSERT_EQ(WriteFileAtomically(path_, "new", {.named = GetParam()}), absl::OkStatus());
  EXPECT_EQ(ReadFile(path_), "new");
}

TEST_P(AtomicFileTest, HasTheModeLessTheUmask) {
  const mode_t old = umask(027);
  ASSERT_EQ(WriteFileAtomically(path_, "", {.named = GetParam()}), absl::OkStatus());
  ASSERT_EQ(WriteFileAtomically(directory_ + "/blob", "", {.mode = 0444, .sync = false, .named = GetParam()}),
            absl::OkStatus());
  umask(old);
  EXPECT_EQ(ModeOf(path_), 0640u);
  EXPECT_EQ(ModeOf(directory_ + "/blob"), 0440u);
}

TEST_P(AtomicFileTest, FollowsASymbolicLink) {
  const std::string elsewhere = NewTempDir();
  WriteFile(elsewhere + "/target", "old");
  ASSERT_EQ(symlink((elsewhere + "/target").c_str(), path_.c_str()), 0);
  ASSERT_EQ(WriteFileAtomically(path_, "new", {.named = GetParam()}), absl::OkStatus());
  EXPECT_EQ(ReadFile(elsewhere + "/target"), "new");
  EXPECT_EQ(ReadFile(path_), "new");
  EXPECT_THAT(FilesUnder(elsewhere), ElementsAre("target"));
}

TEST_P(AtomicFileTest, RefusesWhatItCannotReplace) {
  const absl::Status directory = AtomicFile::Create(directory_, {}).status();
  EXPECT_EQ(ReasonOf(directory), Reason::kInvalidInput);
  EXPECT_EQ(directory.message(), absl::StrCat("create ", directory_, ": it is a directory"));
  const absl::Status device = AtomicFile::Create("/dev/null", {}).status();
  EXPECT_EQ(ReasonOf(device), Reason::kInvalidInput);
  EXPECT_EQ(device.message(), "create /dev/null: it is not a regular file");
}

TEST_P(AtomicFileTest, AMissingDirectoryIsNamed) {
  const std::string path = directory_ + "/none/out";
  const absl::Status status = AtomicFile::Create(path, {.named = GetParam()}).status();
  EXPECT_EQ(ReasonOf(status), Reason::kNotFound);
  EXPECT_EQ(status.message(), absl::StrCat("create ", path, ": No such file or directory"));
}

TEST_P(AtomicFileTest, CreateInMakesItsDirectoryAndCommitsElsewhere) {
  absl::StatusOr<std::unique_ptr<AtomicFile>> file =
      AtomicFile::CreateIn(directory_ + "/ingest", {.named = GetParam()});
  ASSERT_EQ(file.status(), absl::OkStatus());
  ASSERT_EQ((*file)->Write("x"), absl::OkStatus());
  ASSERT_EQ((*file)->CommitTo(path_), absl::OkStatus());
  EXPECT_THAT(FilesUnder(directory_), ElementsAre("ingest", "out"));
  EXPECT_EQ(ReadFile(path_), "x");
}

TEST_P(AtomicFileTest, ACommitThatFailsLeavesNothing) {
  std::unique_ptr<AtomicFile> file = Create();
  ASSERT_EQ(file->Write("x"), absl::OkStatus());
  ASSERT_EQ(mkdir(path_.c_str(), 0700), 0);
  const absl::Status directory = file->Commit();
  EXPECT_EQ(ReasonOf(directory), Reason::kStorage);
  EXPECT_EQ(directory.message(), absl::StrCat("rename to ", path_, ": Is a directory"));
  file.reset();
  EXPECT_THAT(FilesUnder(directory_), ElementsAre("out"));  // the empty directory
}

TEST_P(AtomicFileTest, ADirectoryThatWentIsNamed) {
  const std::unique_ptr<AtomicFile> file = Create();
  const absl::Status status = file->CommitTo(directory_ + "/none/out");
  EXPECT_EQ(ReasonOf(status), Reason::kNotFound);
  EXPECT_THAT(std::string(status.message()),
              EndsWith(absl::StrCat(directory_, "/none/out: No such file or directory")));
}

TEST_P(AtomicFileTest, ReplacesWhatAppearedMeanwhile) {
  const std::unique_ptr<AtomicFile> file = Create();
  ASSERT_EQ(file->Write("new"), absl::OkStatus());
  WriteFile(path_, "another process was first");
  ASSERT_EQ(file->Commit(), absl::OkStatus());
  EXPECT_EQ(ReadFile(path_), "new");
  EXPECT_THAT(FilesUnder(directory_), ElementsAre("out"));
}

// Where a file without a name cannot get one, its bytes are copied: here because the destination is elsewhere.
TEST(UnnamedFileTest, IsCopiedWhereItGetsNoName) {
  const std::string directory = NewTempDir();
  std::string elsewhere = "/dev/shm/waybill-XXXXXX";
  struct stat here;
  struct stat there;
  if (!HasUnnamedFiles(directory) || mkdtemp(elsewhere.data()) == nullptr || stat(directory.c_str(), &here) != 0 ||
      stat(elsewhere.c_str(), &there) != 0 || here.st_dev == there.st_dev) {
    GTEST_SKIP() << "there is one file system only, or no unnamed files";
  }
  const std::string path = elsewhere + "/out";
  const std::string bytes = testing::RandomBytes(9 << 20, 1);
  for (const std::string old : {"", "old"}) {
    if (!old.empty()) WriteFile(path, old);
    absl::StatusOr<std::unique_ptr<AtomicFile>> file = AtomicFile::CreateIn(directory, {.mode = 0444, .sync = false});
    ASSERT_EQ(file.status(), absl::OkStatus());
    ASSERT_EQ((*file)->Write(bytes), absl::OkStatus());
    EXPECT_EQ((*file)->CommitTo(path), absl::OkStatus());
    EXPECT_THAT(FilesUnder(elsewhere), ElementsAre("out"));
    EXPECT_TRUE(ReadFile(path) == bytes);
    EXPECT_EQ(ModeOf(path), 0444u);
    EXPECT_EQ(unlink(path.c_str()), 0);
  }
  EXPECT_EQ(rmdir(elsewhere.c_str()), 0);
}

// As nothing else does, SIGKILL skips every destructor.
TEST_P(AtomicFileTest, AKilledProcessLeavesNoVisibleFile) {
  const pid_t child = fork();
  if (child == 0) {
    const absl::StatusOr<std::unique_ptr<AtomicFile>> file = AtomicFile::Create(path_, {.named = GetParam()});
    if (file.ok() && (*file)->Write("half").ok()) raise(SIGKILL);
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  if (GetParam() || !HasUnnamedFiles(directory_)) {
    EXPECT_THAT(FilesUnder(directory_), ElementsAre(StartsWith(".waybill-")));
  } else {
    EXPECT_THAT(FilesUnder(directory_), IsEmpty());
  }
}

TEST_P(AtomicFileTest, RemovesWhatAKilledProcessLeft) {
  const std::string left = directory_ + "/.waybill-0123456789abcdef";
  WriteFile(left, "half");
  const std::vector<std::string> others = {".waybill-", ".waybill-0123456789ABCDEF", ".waybill-0123456789abcde",
                                           "waybill-0123456789abcdef"};
  for (const std::string& other : others) WriteFile(directory_ + "/" + other, "precious");
  ASSERT_EQ(symlink("nowhere", (directory_ + "/.waybill-0000000000000001").c_str()), 0);
  ASSERT_EQ(mkfifo((directory_ + "/.waybill-0000000000000002").c_str(), 0600), 0);
  ASSERT_EQ(mkdir((directory_ + "/.waybill-0000000000000003").c_str(), 0700), 0);
  const size_t before = FilesUnder(directory_).size();
  ASSERT_EQ(WriteFileAtomically(path_, "x", {.named = GetParam()}), absl::OkStatus());
  EXPECT_EQ(access(left.c_str(), F_OK), -1);
  EXPECT_EQ(FilesUnder(directory_).size(), before);  // one less and one more
}

// Also after Close, when nothing is left but to give the name.
TEST_P(AtomicFileTest, LeavesTheFilesOfOthersWhoAreAtWork) {
  const std::unique_ptr<AtomicFile> file = Create();
  ASSERT_EQ(file->Write("mine"), absl::OkStatus());
  ASSERT_EQ(WriteFileAtomically(directory_ + "/other", "x", {.named = GetParam()}), absl::OkStatus());
  ASSERT_EQ(file->Close(), absl::OkStatus());
  ASSERT_EQ(WriteFileAtomically(directory_ + "/other", "x", {.named = GetParam()}), absl::OkStatus());
  ASSERT_EQ(file->Commit(), absl::OkStatus());
  EXPECT_EQ(ReadFile(path_), "mine");
  EXPECT_THAT(FilesUnder(directory_), ElementsAre("other", "out"));
}

// Each file operation fails in turn, or is the last one of a killed process.
TEST_P(AtomicFileTest, AfterAFaultTheOldOrTheNewFileIsThere) {
  if (!testing::CanInjectFaults()) GTEST_SKIP() << "seccomp's notifier is not allowed here";
  for (const int error : {EIO, ENOSPC, EMFILE, testing::kKill}) {
    for (size_t call = 0;; ++call) {
      WriteFile(path_, "old");
      const testing::FaultedRun run =
          testing::RunWithFault(directory_, testing::Fault{.call = call, .error = error}, [this] {
            const std::unique_ptr<AtomicFile> file = Create();
            if (file == nullptr || !file->Write("new").ok()) return 1;
            const bool ok = file->Commit().ok();
            return ok ? 0 : file->committed() ? 2 : 1;
          });
      if (!run.injected) {
        EXPECT_GT(call, 5u);
        break;
      }
      SCOPED_TRACE(absl::StrCat("error ", error, " of ", run.calls[call]));
      const std::string now = ReadFile(path_);
      EXPECT_TRUE(now == "old" || now == "new") << now;
      if (!run.killed) {
        EXPECT_EQ(now, run.exit_code == 1 ? "old" : "new");
      }
      ASSERT_EQ(WriteFileAtomically(path_, "next", {.named = GetParam()}), absl::OkStatus());
      EXPECT_THAT(FilesUnder(directory_), ElementsAre("out"));
    }
  }
}

// What `attempt` says in a process of its own, after `prepare`.
std::string InChild(const std::function<void()>& prepare, const std::function<absl::Status()>& attempt) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    prepare();
    const absl::Status status = attempt();
    const std::string text = absl::StrCat(absl::StatusCodeToString(status.code()), ": ", status.message());
    _exit(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string text(4096, '\0');
  text.resize(static_cast<size_t>(std::max<ssize_t>(read(ends[0], text.data(), text.size()), 0)));
  close(ends[0]);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  return text;
}

TEST_P(AtomicFileTest, AFileThatCannotGrowIsNamedAndRemoved) {
  const std::string said = InChild(
      [] {
        signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{1 << 20, 1 << 20};
        setrlimit(RLIMIT_FSIZE, &limit);
      },
      [&] { return WriteFileAtomically(path_, std::string(2 << 20, 'x'), {.named = GetParam()}); });
  EXPECT_EQ(said, absl::StrCat("RESOURCE_EXHAUSTED: write ", path_, ": File too large"));
  EXPECT_THAT(FilesUnder(directory_), IsEmpty());
}

TEST_P(AtomicFileTest, AnUnwritableDirectoryIsNamed) {
  ASSERT_EQ(chmod(directory_.c_str(), 0555), 0);
  const std::string said = InChild(
      [] {
        // Permissions do not stop root.
        if (geteuid() == 0 && setuid(65534) != 0) _exit(2);
      },
      [&] { return WriteFileAtomically(path_, "x", {.named = GetParam()}); });
  EXPECT_EQ(said, absl::StrCat("RESOURCE_EXHAUSTED: create ", path_, ": Permission denied"));
  ASSERT_EQ(chmod(directory_.c_str(), 0755), 0);
  EXPECT_THAT(FilesUnder(directory_), IsEmpty());
}

}  // namespace
}  // namespace waybill::oci::file
