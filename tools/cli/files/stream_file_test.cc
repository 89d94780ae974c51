// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/files/stream_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <stop_token>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/fd.h"
#include "oci/file/testing/files.h"

namespace waybill::cli::files {
namespace {

using oci::Context;
using oci::Reason;
using oci::ReasonOf;
using oci::file::testing::NewTempDir;
using oci::file::testing::ReadFile;
using oci::file::testing::WriteFile;

class StreamFileTest : public ::testing::Test {
 protected:
  std::string Path(absl::string_view name) const { return absl::StrCat(directory_, "/", name); }
  std::string Link(absl::string_view name, const std::string& target) const {
    std::filesystem::create_symlink(target, Path(name));
    return Path(name);
  }
  std::string Fifo() const {
    EXPECT_EQ(mkfifo(Path("fifo").c_str(), 0600), 0);
    return Path("fifo");
  }
  // A regular file that is open, and its name under /dev/fd.
  std::string Opened(oci::file::Fd& fd, const std::string& path) const {
    fd = oci::file::Fd(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    return absl::StrCat("/dev/fd/", fd.number());
  }

  const std::string directory_ = NewTempDir();
};

TEST_F(StreamFileTest, Kinds) {
  WriteFile(Path("file"), "x");
  oci::file::Fd fd;
  const std::string opened = Opened(fd, Path("opened"));
  const std::pair<std::string, PathKind> cases[] = {
      {Path("nothing"), PathKind::kFile},
      {Path("no/such/directory"), PathKind::kFile},
      {Path("file"), PathKind::kFile},
      {Link("to-file", "file"), PathKind::kFile},
      {Link("dangling", "nothing"), PathKind::kFile},
      {directory_, PathKind::kDirectory},
      {"-", PathKind::kStdout},
      {"/dev/stdout", PathKind::kStdout},
      {"/dev/fd/1", PathKind::kStdout},
      {"/proc/self/fd/1", PathKind::kStdout},
      {Link("to-stdout", "/dev/../dev/stdout"), PathKind::kStdout},
      {"/dev/null", PathKind::kStream},
      {Fifo(), PathKind::kStream},
      {Link("to-fifo", "fifo"), PathKind::kStream},
      {opened, PathKind::kStream},
  };
  for (const auto& [path, kind] : cases) {
    const absl::StatusOr<PathKind> got = KindOfPath(path);
    ASSERT_TRUE(got.ok()) << path << ": " << got.status();
    EXPECT_EQ(*got, kind) << path;
  }
  EXPECT_EQ(KindOfPath("/dev/fd/12345").status(), oci::NotFoundError("/dev/fd/12345: it is not open"));
}

TEST_F(StreamFileTest, SamePaths) {
  WriteFile(Path("file"), "x");
  EXPECT_TRUE(IsSamePath(Path("file"), Path("./file")));
  EXPECT_TRUE(IsSamePath(Path("file"), Link("link", "file")));
  EXPECT_TRUE(IsSamePath(Path("nothing"), Path("./nothing")));
  EXPECT_FALSE(IsSamePath(Path("file"), Path("other")));
}

TEST_F(StreamFileTest, WhatIsOpenIsWrittenFromWhereItStands) {
  oci::file::Fd fd;
  const std::string name = Opened(fd, Path("opened"));
  ASSERT_EQ(oci::file::WriteFully(fd, "before ", "opened"), absl::OkStatus());
  const auto stream = OpenStream(Context(), name);
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_EQ((*stream)->Write("after"), absl::OkStatus());
  EXPECT_EQ((*stream)->Close(), absl::OkStatus());
  EXPECT_EQ(ReadFile(Path("opened")), "before after");
}

TEST_F(StreamFileTest, AFifoGetsEveryByte) {
  const std::string fifo = Fifo();
  const std::string bytes = oci::file::testing::RandomBytes(1 << 20, 1);
  std::string got;
  std::jthread reader([&] { got = ReadFile(fifo); });
  const auto stream = OpenStream(Context(), fifo);
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_EQ((*stream)->Write(bytes), absl::OkStatus());
  EXPECT_EQ((*stream)->Close(), absl::OkStatus());
  reader.join();
  EXPECT_TRUE(got == bytes);
}

TEST_F(StreamFileTest, AStopEndsTheWaitForAReader) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(ReasonOf(OpenStream(Context().WithStop(stop.get_token()), Fifo()).status()), Reason::kInterrupted);
}

TEST_F(StreamFileTest, AStopEndsAWriteThatNobodyTakes) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const oci::file::Fd reader(ends[0]);
  const oci::file::Fd writer(ends[1]);
  std::stop_source stop;
  const auto stream = OpenStream(Context().WithStop(stop.get_token()), absl::StrCat("/dev/fd/", writer.number()));
  ASSERT_TRUE(stream.ok()) << stream.status();
  absl::Status written;
  std::jthread thread([&] { written = (*stream)->Write(std::string(1 << 20, 'x')); });
  char first;
  ASSERT_EQ(read(reader.number(), &first, 1), 1);
  stop.request_stop();
  thread.join();
  EXPECT_EQ(ReasonOf(written), Reason::kInterrupted);
}

TEST_F(StreamFileTest, AReaderThatGoesAwayIsAnError) {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  oci::file::Fd reader(ends[0]);
  const oci::file::Fd writer(ends[1]);
  const std::string name = absl::StrCat("/dev/fd/", writer.number());
  const auto stream = OpenStream(Context(), name);
  ASSERT_TRUE(stream.ok()) << stream.status();
  ASSERT_EQ(reader.Close("reader"), absl::OkStatus());
  const absl::Status written = (*stream)->Write("x");
  EXPECT_EQ(ReasonOf(written), Reason::kStorage);
  EXPECT_EQ(written.message(), absl::StrCat("write ", name, ": Broken pipe"));
}

}  // namespace
}  // namespace waybill::cli::files
