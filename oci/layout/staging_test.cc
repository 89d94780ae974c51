// SPDX-License-Identifier: Apache-2.0
#include "oci/layout/staging.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
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
using ::testing::SizeIs;

std::unique_ptr<Staging> Create(const std::string& ingest) {
  absl::StatusOr<std::unique_ptr<Staging>> staging = Staging::Create(ingest);
  EXPECT_EQ(staging.status(), absl::OkStatus());
  return staging.ok() ? *std::move(staging) : nullptr;
}

// A writer that is killed with a blob of its own.
void KillAWriter(const std::string& ingest) {
  const pid_t child = fork();
  if (child == 0) {
    const absl::StatusOr<std::unique_ptr<Staging>> staging = Staging::Create(ingest);
    if (!staging.ok()) _exit(1);
    WriteFile((*staging)->path() + "/blob", "bytes");
    raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
}

TEST(StagingTest, GoesWithItsFiles) {
  const std::string parent = NewTempDir();
  std::unique_ptr<Staging> staging = Create(parent + "/layout/ingest");
  WriteFile(staging->path() + "/blob", "bytes");
  staging.reset();
  EXPECT_THAT(FilesUnder(parent), ElementsAre("layout/ingest"));
}

TEST(StagingTest, RemovesWhatAKilledWriterLeft) {
  const std::string ingest = NewTempDir();
  KillAWriter(ingest);
  EXPECT_THAT(FilesUnder(ingest), SizeIs(2));
  Create(ingest).reset();
  EXPECT_THAT(FilesUnder(ingest), IsEmpty());
}

TEST(StagingTest, LeavesOthersAlone) {
  const std::string ingest = NewTempDir();
  const std::unique_ptr<Staging> writer = Create(ingest);
  WriteFile(writer->path() + "/blob", "bytes");
  WriteFile(ingest + "/of-another-program", "x");
  const std::string elsewhere = NewTempDir();
  WriteFile(elsewhere + "/precious", "x");
  ASSERT_EQ(symlink(elsewhere.c_str(), (ingest + "/.waybill-link").c_str()), 0);
  Create(ingest).reset();
  EXPECT_THAT(FilesUnder(writer->path()), ElementsAre("blob", "lock"));
  EXPECT_EQ(access((ingest + "/of-another-program").c_str(), F_OK), 0);
  EXPECT_THAT(FilesUnder(elsewhere), ElementsAre("precious"));
}

// As on NFS without its lock service.
TEST(StagingTest, WithoutLocksItLeavesNothing) {
  if (!file::testing::CanInjectFaults()) GTEST_SKIP() << "seccomp's notifier is not allowed here";
  const std::string ingest = NewTempDir();
  const auto create = [&ingest] { return Staging::Create(ingest).ok() ? 0 : 1; };
  size_t lock = 0;
  const std::vector<std::string> calls = file::testing::RunWithFault(ingest, std::nullopt, create).calls;
  while (lock < calls.size() && !absl::StartsWith(calls[lock], "flock ")) ++lock;
  ASSERT_LT(lock, calls.size());
  EXPECT_EQ(file::testing::RunWithFault(ingest, {{.call = lock, .error = ENOLCK}}, create).exit_code, 1);
  EXPECT_THAT(FilesUnder(ingest), IsEmpty());
}

TEST(StagingTest, NamesWhatItCannotWrite) {
  const std::string path = NewTempDir() + "/file";
  WriteFile(path, "");
  const absl::Status status = Staging::Create(path).status();
  EXPECT_EQ(ReasonOf(status), Reason::kStorage);
  EXPECT_EQ(status.message(), absl::StrCat("create directory ", path, ": Not a directory"));
}

}  // namespace
}  // namespace waybill::oci::layout
