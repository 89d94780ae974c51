// SPDX-License-Identifier: Apache-2.0
#include "oci/content/store/file_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/content/testing/conformance.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"
#include "oci/io/string.h"

namespace waybill::oci::content::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Values;

// By sha256sum.
constexpr absl::string_view kHelloHex = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

Descriptor Hello() { return {.digest = *Digest::Parse(absl::StrCat("sha256:", kHelloHex)), .size = 5}; }

Blob HelloBlob() { return {.descriptor = Hello(), .source = std::make_unique<io::StringSource>("hello")}; }

// The blobs that are visible; ingest/ is private to the store while it lives.
testing::Implementation MakeImplementation(bool sync) {
  const std::string root = absl::StrCat(file::testing::NewTempDir(), "/store");
  auto store = std::make_shared<FileStore>(root, FileStore::Options{.sync = sync});
  FileStore* const raw = store.get();
  const auto visible = [root] {
    std::vector<std::string> files = file::testing::FilesUnder(root);
    std::erase(files, "ingest");
    return files;
  };
  return {.fetcher = raw, .pusher = raw, .store = raw, .visible = visible, .owner = std::move(store)};
}

using testing::ConformanceCase;
using testing::ConformanceTest;
using testing::WritersTest;
const auto kBoth = Values(ConformanceCase{"Synced", [] { return MakeImplementation(true); }},
                          ConformanceCase{"Staging", [] { return MakeImplementation(false); }});
INSTANTIATE_TEST_SUITE_P(FileStore, ConformanceTest, kBoth, testing::CaseName);
INSTANTIATE_TEST_SUITE_P(FileStore, WritersTest, kBoth, testing::CaseName);

TEST(FileStoreTest, LaysOutBlobsReadOnlyAndKeepsNothingElse) {
  const std::string root = absl::StrCat(file::testing::NewTempDir(), "/a/b");
  const std::string path = absl::StrCat("blobs/sha256/", kHelloHex);
  {
    FileStore store(root, {});
    ASSERT_EQ(store.Push(Context(), HelloBlob()), absl::OkStatus());
    EXPECT_EQ(store.PathOf(Hello().digest), absl::StrCat(root, "/", path));
  }
  EXPECT_THAT(file::testing::FilesUnder(root), ElementsAre(path));
  struct stat info;
  ASSERT_EQ(stat(absl::StrCat(root, "/", path).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0444u);
}

TEST(FileStoreTest, ReplacesATruncatedBlob) {
  const std::string root = file::testing::NewTempDir();
  FileStore store(root, {.sync = false});
  ASSERT_EQ(store.Push(Context(), HelloBlob()), absl::OkStatus());
  ASSERT_EQ(truncate(store.PathOf(Hello().digest).c_str(), 2), 0);
  EXPECT_EQ(*store.Exists(Context(), Hello()), false);
  EXPECT_EQ(ReasonOf(store.Fetch(Context(), Hello()).status()), Reason::kVerification);
  ASSERT_EQ(store.Push(Context(), HelloBlob()), absl::OkStatus());
  EXPECT_EQ(*VerifiedBytes(Context(), store, Hello(), 100), "hello");
}

TEST(FileStoreTest, RefusesALinkAndAFifoInABlobsPlace) {
  const std::string root = file::testing::NewTempDir();
  FileStore store(root, {.sync = false});
  const std::string path = store.PathOf(Hello().digest);
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  ASSERT_EQ(symlink("/etc/passwd", path.c_str()), 0);
  absl::Status status = store.Fetch(Context(), Hello()).status();
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
  EXPECT_THAT(std::string(status.message()), HasSubstr("it is a symbolic link"));
  EXPECT_THAT(std::string(status.message()), HasSubstr(std::string(kHelloHex)));

  ASSERT_EQ(unlink(path.c_str()), 0);
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  status = store.Fetch(Context(), Hello()).status();
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
  EXPECT_THAT(std::string(status.message()), HasSubstr("it is not a regular file"));
}

TEST(FileStoreTest, SourcesHoldNoDescriptors) {
  FileStore store(file::testing::NewTempDir(), {.sync = false});
  ASSERT_EQ(store.Push(Context(), HelloBlob()), absl::OkStatus());
  const int before = dup(0);
  close(before);
  std::vector<std::unique_ptr<io::Source>> sources;
  for (int i = 0; i < 3000; ++i) {
    absl::StatusOr<std::unique_ptr<io::Source>> source = store.Fetch(Context(), Hello());
    ASSERT_EQ(source.status(), absl::OkStatus());
    sources.push_back(*std::move(source));
  }
  const int after = dup(0);
  close(after);
  EXPECT_EQ(after, before);
}

TEST(FileStoreTest, NamesThePathThatCannotBeWritten) {
  const std::string root = absl::StrCat(file::testing::NewTempDir(), "/file");
  ASSERT_EQ(close(open(root.c_str(), O_CREAT | O_WRONLY, 0600)), 0);
  FileStore store(root, {});
  const absl::Status status = store.Push(Context(), HelloBlob());
  EXPECT_THAT(std::string(status.message()), HasSubstr(root));
  EXPECT_FALSE(status.ok());
}

TEST(FileStoreTest, WriterRefusesAnotherAlgorithm) {
  FileStore store(file::testing::NewTempDir(), {.sync = false});
  absl::StatusOr<std::unique_ptr<BlobWriter>> writer = store.NewWriter(Context());
  ASSERT_EQ(writer.status(), absl::OkStatus());
  const Digest sha512 = *Digest::Parse(absl::StrCat("sha512:", std::string(128, '0')));
  const absl::Status status = (*writer)->Commit(Context(), "", {.digest = sha512}).status();
  EXPECT_EQ(ReasonOf(status), Reason::kUnsupported);
  EXPECT_THAT(std::string(status.message()), HasSubstr("sha512"));
}

}  // namespace
}  // namespace waybill::oci::content::store
