// SPDX-License-Identifier: Apache-2.0
#include "oci/file/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"

namespace waybill::oci::file {
namespace {

using ::testing::HasSubstr;
using testing::NewTempDir;
using testing::ReadFile;
using testing::WriteFile;

class FileTest : public ::testing::Test {
 protected:
  FileTest() { WriteFile(path_, "0123456789"); }
  const std::string directory_ = NewTempDir();
  const std::string path_ = directory_ + "/file";
};

std::string ReadFrom(const io::Source& source, int64_t offset) {
  const absl::StatusOr<std::unique_ptr<io::Reader>> reader = source.Open(Context(), offset);
  if (!reader.ok()) return reader.status().ToString();
  const absl::StatusOr<std::string> bytes = io::ReadAll(Context(), **reader, 1 << 20);
  return bytes.ok() ? *bytes : bytes.status().ToString();
}

TEST_F(FileTest, ReadsAWholeFileAndARegion) {
  const absl::StatusOr<std::unique_ptr<FileSource>> whole = FileSource::Open(path_, Links::kNever);
  ASSERT_EQ(whole.status(), absl::OkStatus());
  EXPECT_EQ((*whole)->size(), 10);
  EXPECT_EQ(ReadFrom(**whole, 0), "0123456789");
  EXPECT_EQ(ReadFrom(**whole, 4), "456789");
  EXPECT_EQ(ReadFrom(**whole, 10), "");
  const FileSource region(path_, Links::kNever, 2, 5);
  EXPECT_EQ(region.size(), 5);
  EXPECT_EQ(ReadFrom(region, 0), "23456");
  EXPECT_EQ(ReadFrom(region, 3), "56");
}

TEST_F(FileTest, AFileThatBecameShorterIsNamed) {
  const absl::StatusOr<std::unique_ptr<FileSource>> source = FileSource::Open(path_, Links::kNever);
  ASSERT_EQ(source.status(), absl::OkStatus());
  ASSERT_EQ(truncate(path_.c_str(), 7), 0);
  const absl::StatusOr<std::unique_ptr<io::Reader>> reader = (*source)->Open(Context(), 0);
  ASSERT_EQ(reader.status(), absl::OkStatus());
  const absl::Status status = io::ReadAll(Context(), **reader, 100).status();
  EXPECT_EQ(ReasonOf(status), Reason::kStorage);
  EXPECT_EQ(status.message(), absl::StrCat("read ", path_, ": the file became 3 bytes shorter"));
}

TEST_F(FileTest, OnlyRegularFilesAreOpened) {
  const std::string link = directory_ + "/link";
  ASSERT_EQ(symlink(path_.c_str(), link.c_str()), 0);
  const std::string fifo = directory_ + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  struct {
    std::string path;
    Links links;
    std::string text;
  } const cases[] = {
      {link, Links::kNever, "it is a symbolic link"},
      {fifo, Links::kNever, "it is not a regular file"},
      {fifo, Links::kFollow, "it is not a regular file"},
      {directory_, Links::kFollow, "it is a directory"},
  };
  for (const auto& c : cases) {
    for (const absl::Status& status :
         {OpenRegular(c.path, c.links).status(), RegularFileSize(c.path, c.links).status()}) {
      EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
      EXPECT_EQ(status.message(), absl::StrCat("open ", c.path, ": ", c.text));
    }
  }
  EXPECT_EQ(OpenRegular(link, Links::kFollow)->size, 10);
  EXPECT_EQ(*RegularFileSize(link, Links::kFollow), 10);
}

TEST_F(FileTest, AMissingFileIsNotFoundByName) {
  const absl::Status status = FileSource::Open(directory_ + "/none", Links::kNever).status();
  EXPECT_EQ(ReasonOf(status), Reason::kNotFound);
  EXPECT_EQ(status.message(), absl::StrCat("open ", directory_, "/none: No such file or directory"));
}

TEST_F(FileTest, WriterWritesToItsDescriptor) {
  FileWriter writer(Fd(open(path_.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC)), path_);
  EXPECT_EQ(writer.Write("ab"), absl::OkStatus());
  EXPECT_EQ(writer.Write("cd"), absl::OkStatus());
  EXPECT_EQ(writer.Close(), absl::OkStatus());
  EXPECT_EQ(ReadFile(path_), "abcd");
}

TEST_F(FileTest, AFullDeviceIsNamed) {
  FileWriter writer(Fd(open("/dev/full", O_WRONLY | O_CLOEXEC)), "/dev/full");
  const absl::Status status = writer.Write("x");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(status), Reason::kStorage);
  EXPECT_EQ(status.message(), "write /dev/full: No space left on device");
}

TEST_F(FileTest, DescriptorsAreClosedAndMoved) {
  Fd first(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  const int number = first.number();
  Fd second = std::move(first);
  EXPECT_EQ(second.number(), number);
  second = Fd();
  EXPECT_EQ(fcntl(number, F_GETFD), -1);
  EXPECT_EQ(Fd().Close("nothing"), absl::OkStatus());
  EXPECT_THAT(std::string(Fd(1 << 20).Close("x").message()), HasSubstr("close x: Bad file descriptor"));
}

TEST_F(FileTest, DirectoriesAreMadeAndSynced) {
  const std::string deep = directory_ + "/a/b/c";
  EXPECT_EQ(MakeDirectories(deep), absl::OkStatus());
  EXPECT_EQ(MakeDirectories(deep), absl::OkStatus());
  EXPECT_EQ(SyncDirectory(deep), absl::OkStatus());
  const absl::Status in_the_way = MakeDirectories(path_ + "/sub");
  EXPECT_EQ(ReasonOf(in_the_way), Reason::kStorage);
  EXPECT_EQ(in_the_way.message(), absl::StrCat("create directory ", path_, "/sub: Not a directory"));
  EXPECT_EQ(ReasonOf(SyncDirectory(directory_ + "/none")), Reason::kNotFound);
}

}  // namespace
}  // namespace waybill::oci::file
