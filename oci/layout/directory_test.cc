// SPDX-License-Identifier: Apache-2.0
// Whole layouts are compared with recorded ones in golden_test.cc.
#include "oci/layout/directory.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/content/testing/conformance.h"
#include "oci/error.h"
#include "oci/file/fd.h"
#include "oci/file/testing/files.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"
#include "oci/layout/index_lock.h"
#include "oci/layout/layout.h"

namespace waybill::oci::layout {
namespace {

using content::testing::ConformanceCase;
using content::testing::ConformanceTest;
using content::testing::NamesTest;
using file::testing::FilesUnder;
using file::testing::NewTempDir;
using file::testing::ReadFile;
using file::testing::WriteFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

content::testing::Implementation MakeImplementation() {
  const std::string parent = NewTempDir();
  auto directory = std::shared_ptr<Directory>(*Directory::Open(absl::StrCat(parent, "/layout")));
  content::testing::Implementation implementation;
  implementation.fetcher = directory.get();
  implementation.pusher = directory.get();
  implementation.tagger = directory.get();
  implementation.visible = [parent] {
    std::vector<std::string> files = FilesUnder(parent);
    // Private while the directory is being written.
    std::erase_if(files, [](const std::string& file) { return absl::StartsWith(file, "layout/ingest/"); });
    return files;
  };
  implementation.owner = std::move(directory);
  return implementation;
}

const auto kDirectory = ::testing::Values(ConformanceCase{"Directory", &MakeImplementation});
INSTANTIATE_TEST_SUITE_P(Directory, ConformanceTest, kDirectory, content::testing::CaseName);
INSTANTIATE_TEST_SUITE_P(Directory, NamesTest, kDirectory, content::testing::CaseName);

// An empty index that differs by `note`.
std::string IndexText(absl::string_view note) {
  return absl::StrCat(R"({"schemaVersion":2,"manifests":[],"annotations":{"note":")", note, R"("}})");
}

Descriptor DescriptorOf(const std::string& text) {
  return {.media_type = std::string(image::kOciIndex),
          .digest = Digest::Of(text),
          .size = static_cast<int64_t>(text.size())};
}

absl::Status PushText(Directory& directory, const std::string& text) {
  return directory.Push(Context(),
                        {.descriptor = DescriptorOf(text), .source = std::make_unique<io::StringSource>(text)});
}

absl::Status Export(const std::string& root, const std::string& text, const std::vector<std::string>& names) {
  absl::StatusOr<std::unique_ptr<Directory>> directory = Directory::Open(root);
  if (!directory.ok()) return directory.status();
  if (absl::Status status = PushText(**directory, text); !status.ok()) return status;
  return (*directory)->TagAll(Context(), DescriptorOf(text), names);
}

// Something is in the way of one of the blobs, between the checks and the renames.
TEST(DirectoryTest, ATagThatFailsTakesEverythingBack) {
  const std::string parent = NewTempDir();
  const std::string root = absl::StrCat(parent, "/layout");
  std::vector<std::string> texts = {IndexText("a"), IndexText("b")};
  std::sort(texts.begin(), texts.end(), [](const std::string& x, const std::string& y) {
    return Digest::Of(x).ToString() < Digest::Of(y).ToString();
  });
  {
    const auto directory = *Directory::Open(root);
    for (const std::string& text : texts) ASSERT_TRUE(PushText(*directory, text).ok());
    const std::string last = absl::StrCat(root, "/", BlobPath(Digest::Of(texts[1])));
    ASSERT_TRUE(file::MakeDirectories(last).ok());
    const absl::Status status = directory->TagAll(Context(), DescriptorOf(texts[0]), {"a"});
    EXPECT_EQ(ReasonOf(status), Reason::kStorage) << status;
    EXPECT_THAT(FilesUnder(absl::StrCat(root, "/blobs")),
                ElementsAre(absl::StrCat("sha256/", last.substr(last.rfind('/') + 1))));
    for (const std::string& way : {last, file::ParentOf(last), absl::StrCat(root, "/blobs")})
      EXPECT_EQ(rmdir(way.c_str()), 0);
  }
  EXPECT_THAT(FilesUnder(parent), IsEmpty());
}

// The index is what does not fit any more.
TEST(DirectoryTest, AnIndexThatCannotBeWrittenLeavesNothing) {
  const std::string parent = NewTempDir();
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 4096, .rlim_max = 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
    const std::vector<std::string> names(100, "example.com/a-name-of-some-length");
    std::vector<std::string> different;
    for (size_t i = 0; i < names.size(); ++i) different.push_back(absl::StrCat(names[i], ":", i));
    const absl::Status status = Export(absl::StrCat(parent, "/layout"), IndexText("a"), different);
    _exit(status.ok() ? 1 : 0);
  }
  int result = 0;
  ASSERT_EQ(waitpid(child, &result, 0), child);
  EXPECT_EQ(WEXITSTATUS(result), 0) << "it did not fail";
  struct stat info;
  EXPECT_NE(stat(absl::StrCat(parent, "/layout").c_str(), &info), 0) << "the directory is still there";
}

std::string Entry(const std::string& text, absl::string_view annotations) {
  return absl::StrCat(R"({"mediaType":"application/vnd.oci.image.index.v1+json","digest":")",
                      DescriptorOf(text).digest.ToString(), R"(","size":)", text.size(), R"(,"annotations":{)",
                      annotations, "}}");
}

constexpr char kIndexHead[] =
    R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[)";

TEST(DirectoryTest, LeavesBlobsIndexAndLayoutFileOnly) {
  const std::string root = absl::StrCat(NewTempDir(), "/a/b/");
  const std::string text = IndexText("1");
  ASSERT_EQ(Export(root, text, {}), absl::OkStatus());
  const std::string blob = absl::StrCat("blobs/sha256/", DescriptorOf(text).digest.hex());
  EXPECT_THAT(FilesUnder(root), ElementsAre(blob, "index.json", "oci-layout"));
  EXPECT_EQ(ReadFile(root + blob), text);
  EXPECT_EQ(ReadFile(root + "oci-layout"), R"({"imageLayoutVersion":"1.0.0"})");
  EXPECT_EQ(ReadFile(root + "index.json"),
            absl::StrCat(kIndexHead, Entry(text, R"("org.opencontainers.image.ref.name":"latest")"), "]}"));
  const std::pair<std::string, mode_t> modes[] = {{blob, 0444}, {"index.json", 0644}, {"oci-layout", 0644}};
  for (const auto& [name, mode] : modes) {
    struct stat info;
    ASSERT_EQ(stat((root + name).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, mode) << name;
  }
}

TEST(DirectoryTest, KeepsOtherEntriesAndReplacesTheSameNames) {
  const std::string root = NewTempDir();
  // Neither our media type nor our form.
  WriteFile(root + "/index.json",
            R"({ "manifests": [ {"mediaType":"application/vnd.oci.image.index.v1+json",
                 "digest":"sha256:1111111111111111111111111111111111111111111111111111111111111111","size":7} ] })");
  const std::string one = IndexText("1");
  const std::string two = IndexText("2");
  ASSERT_EQ(Export(root, one, {"example.com/app:1", "example.com/app:2"}), absl::OkStatus());
  ASSERT_EQ(Export(root, two, {"example.com/app:1"}), absl::OkStatus());
  EXPECT_EQ(
      ReadFile(root + "/index.json"),
      absl::StrCat(
          kIndexHead,
          R"({"mediaType":"application/vnd.oci.image.index.v1+json",)"
          R"("digest":"sha256:1111111111111111111111111111111111111111111111111111111111111111","size":7},)",
          Entry(one, R"("io.containerd.image.name":"example.com/app:2","org.opencontainers.image.ref.name":"2")"), ",",
          Entry(two, R"("io.containerd.image.name":"example.com/app:1","org.opencontainers.image.ref.name":"1")"),
          "]}"));
}

TEST(DirectoryTest, DroppedWithoutTagLeavesNotEvenDirectories) {
  const std::string parent = NewTempDir();
  {
    absl::StatusOr<std::unique_ptr<Directory>> directory = Directory::Open(parent + "/a/b");
    ASSERT_EQ(directory.status(), absl::OkStatus());
    ASSERT_EQ(PushText(**directory, IndexText("1")), absl::OkStatus());
  }
  EXPECT_THAT(FilesUnder(parent), IsEmpty());
}

TEST(DirectoryTest, ABrokenIndexIsLeftAloneAndNamed) {
  for (const std::string broken : {"{", R"({"schemaVersion":2,"manifests":[{"digest":"../../etc/passwd"}]})", "[]"}) {
    const std::string root = NewTempDir();
    WriteFile(root + "/index.json", broken);
    const absl::Status status = Export(root, IndexText("1"), {"example.com/app:1"});
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(root + "/index.json: "));
    EXPECT_THAT(FilesUnder(root), ElementsAre("index.json"));
    EXPECT_EQ(ReadFile(root + "/index.json"), broken);
  }
}

TEST(DirectoryTest, AnotherLayoutVersionIsUnsupported) {
  const std::string root = NewTempDir();
  WriteFile(root + "/oci-layout", R"({"imageLayoutVersion":"2.0.0"})");
  const absl::Status status = Export(root, IndexText("1"), {});
  EXPECT_EQ(ReasonOf(status), Reason::kUnsupported);
  EXPECT_EQ(status.message(), root + ": oci-layout: version \"2.0.0\" is not supported");
  EXPECT_THAT(FilesUnder(root), ElementsAre("oci-layout"));
}

TEST(DirectoryTest, ADestinationThatIsAFileIsNamed) {
  const std::string path = NewTempDir() + "/file";
  WriteFile(path, "");
  const absl::Status status = Directory::Open(path).status();
  EXPECT_EQ(ReasonOf(status), Reason::kStorage) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(path));
}

TEST(DirectoryTest, WaitsForTheLockOnlyUntilCancelled) {
  const std::string root = NewTempDir();
  absl::StatusOr<std::unique_ptr<Directory>> directory = Directory::Open(root);
  ASSERT_EQ(directory.status(), absl::OkStatus());
  const std::string text = IndexText("1");
  ASSERT_EQ(PushText(**directory, text), absl::OkStatus());
  const absl::StatusOr<std::unique_ptr<IndexLock>> other = IndexLock::Acquire(Context(), root);
  ASSERT_EQ(other.status(), absl::OkStatus());
  const Context context = Context().WithTimeout(absl::Milliseconds(20));
  const absl::Status status = (*directory)->TagAll(context, DescriptorOf(text), {});
  EXPECT_EQ(ReasonOf(status), Reason::kTimeout);
  EXPECT_EQ(status.message(), absl::StrCat("lock ", root, "/index.json.lock: deadline exceeded"));
}

// Each process adds its own names, one export after the other, while the other does the same.
TEST(DirectoryTest, TwoProcessesLoseNoEntry) {
  constexpr int kExports = 50;
  const std::string root = absl::StrCat(NewTempDir(), "/layout");
  std::vector<pid_t> children;
  for (const std::string writer : {"a", "b"}) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      for (int i = 0; i < kExports; ++i) {
        const absl::Status status =
            Export(root, IndexText(absl::StrCat(writer, i)), {absl::StrCat("example.com/", writer, ":", i)});
        if (!status.ok()) {
          fprintf(stderr, "%s\n", status.ToString().c_str());
          _exit(1);
        }
      }
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  const absl::StatusOr<image::Index> index = image::ParseIndex(ReadFile(root + "/index.json"));
  ASSERT_EQ(index.status(), absl::OkStatus());
  EXPECT_EQ(index->manifests.size(), 2u * kExports);
  EXPECT_EQ(FilesUnder(root).size(), 2u * kExports + 2);
}

}  // namespace
}  // namespace waybill::oci::layout
