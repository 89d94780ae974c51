// SPDX-License-Identifier: Apache-2.0
// A layout after every fault that its file operations can have: each call fails with EIO, ENOSPC or EMFILE, or the
// process dies before it. Afterwards the layout is as before, or it is whole.
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/file/atomic_file.h"
#include "oci/file/testing/faults.h"
#include "oci/file/testing/files.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"
#include "oci/layout/archive.h"
#include "oci/layout/directory.h"
#include "oci/layout/layout.h"

namespace waybill::oci::layout {
namespace {

using file::testing::FaultedRun;
using file::testing::FilesUnder;
using file::testing::kKill;
using file::testing::ReadFile;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int kErrors[] = {EIO, ENOSPC, EMFILE, kKill};

Descriptor DescriptorOf(const std::string& text) {
  return {.media_type = std::string(image::kOciIndex),
          .digest = Digest::Of(text),
          .size = static_cast<int64_t>(text.size())};
}

std::string IndexText(absl::string_view note) {
  return absl::StrCat(R"({"schemaVersion":2,"manifests":[],"annotations":{"note":")", note, R"("}})");
}

// A root and one more blob.
absl::Status Export(const std::string& root, absl::string_view name) {
  absl::StatusOr<std::unique_ptr<Directory>> directory = Directory::Open(root);
  if (!directory.ok()) return directory.status();
  const std::string index = IndexText(name);
  for (const std::string& text : {IndexText("in both"), index}) {
    const absl::Status pushed =
        (*directory)
            ->Push(Context(), {.descriptor = DescriptorOf(text), .source = std::make_unique<io::StringSource>(text)});
    if (!pushed.ok()) return pushed;
  }
  return (*directory)->TagAll(Context(), DescriptorOf(index), {absl::StrCat("example.com/app:", name)});
}

// What users see: the files, without what is hidden or says that somebody is at work.
std::map<std::string, std::string> Visible(const std::string& directory) {
  std::map<std::string, std::string> files;
  for (const std::string& file : FilesUnder(directory)) {
    const std::string path = absl::StrCat(directory, "/", file);
    if (absl::StrContains(file, ".waybill-") || absl::EndsWith(file, ".lock") || std::filesystem::is_directory(path)) {
      continue;
    }
    files[file] = ReadFile(path);
  }
  return files;
}

// Every image that the index names is there, and every blob is what its name says.
void ExpectWhole(const std::string& root) {
  std::map<std::string, std::string> files = Visible(root);
  for (const auto& [name, bytes] : files) {
    if (absl::StartsWith(name, "blobs/sha256/")) {
      EXPECT_EQ(name, BlobPath(Digest::Of(bytes)));
    }
  }
  if (!files.contains("index.json")) return;
  EXPECT_EQ(files["oci-layout"], R"({"imageLayoutVersion":"1.0.0"})");
  const absl::StatusOr<image::Index> index = image::ParseIndex(files["index.json"]);
  ASSERT_TRUE(index.ok()) << index.status();
  for (const Descriptor& image : index->manifests)
    EXPECT_TRUE(files.contains(BlobPath(image.digest))) << image.digest.ToString();
}

class LayoutFaultTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (!file::testing::CanInjectFaults()) GTEST_SKIP() << "seccomp's notifier is not allowed here";
  }

  // A parent directory with the layout as it is before the export.
  std::string Prepare() {
    std::string parent = file::testing::NewTempDir();
    if (GetParam()) {
      EXPECT_EQ(Export(parent + "/layout", "before"), absl::OkStatus());
    }
    return parent;
  }
};

INSTANTIATE_TEST_SUITE_P(Layout, LayoutFaultTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "WithAnImage" : "New"; });

TEST_P(LayoutFaultTest, IsWholeOrAsBefore) {
  std::map<std::string, int> outcomes;
  for (const int error : kErrors) {
    for (size_t call = 0;; ++call) {
      const std::string parent = Prepare();
      const std::string root = parent + "/layout";
      const std::string before = ReadFile(root + "/index.json");
      const FaultedRun run = file::testing::RunWithFault(parent, file::testing::Fault{.call = call, .error = error},
                                                         [&] { return Export(root, "new").ok() ? 0 : 1; });
      if (!run.injected) {
        EXPECT_GT(call, 30u);
        break;
      }
      SCOPED_TRACE(absl::StrCat(error == kKill ? "killed before" : strerror(error), " ", run.calls[call]));
      ExpectWhole(root);
      const auto after = Visible(parent);
      const auto index = after.find("layout/index.json");
      const bool has_new = index != after.end() && absl::StrContains(index->second, "app:new");
      if (run.exit_code == 0) {
        EXPECT_TRUE(has_new);
      }
      // A process that was killed, and an undo that is hindered, may leave blobs. Nothing else may.
      const bool undone = run.exit_code == 1 && !absl::StrContains(run.calls[call], "unlink") &&
                          !absl::StrContains(run.calls[call], "rmdir");
      if (undone && !has_new && !GetParam()) {
        EXPECT_THAT(FilesUnder(parent), IsEmpty());
      }
      if (GetParam() && !has_new) {
        EXPECT_EQ(index->second, before);
      }
      ++outcomes[absl::StrCat(run.killed           ? "killed"
                              : run.exit_code == 0 ? "succeeded"
                                                   : "failed",
                              ", ", has_new ? "new" : "as before")];
      // The next one succeeds and clears up.
      EXPECT_EQ(Export(root, "new"), absl::OkStatus());
      for (const std::string& file : FilesUnder(parent)) {
        EXPECT_FALSE(absl::StrContains(file, ".waybill-") || absl::StartsWith(file, "layout/ingest")) << file;
      }
      ExpectWhole(root);
    }
  }
  for (const auto& [outcome, count] : outcomes) RecordProperty(outcome, count);
  for (const auto& [outcome, count] : outcomes) printf("%6d  %s\n", count, outcome.c_str());
}

absl::Status WriteArchive(const std::string& path) {
  const std::string text = IndexText("archived");
  Archive archive({.docker_manifest = false});
  const absl::Status pushed =
      archive.Push(Context(), {.descriptor = DescriptorOf(text), .source = std::make_unique<io::StringSource>(text)});
  if (!pushed.ok()) return pushed;
  const absl::Status tagged = archive.Tag(Context(), DescriptorOf(text), "example.com/app:1");
  if (!tagged.ok()) return tagged;
  const absl::StatusOr<std::unique_ptr<file::AtomicFile>> file = file::AtomicFile::Create(path, {});
  if (!file.ok()) return file.status();
  const absl::Status written = archive.Finish(Context(), **file);
  return written.ok() ? (*file)->Commit() : written;
}

// As an archive's output does it, where there was one before (true) and where there was none.
TEST_P(LayoutFaultTest, AnArchiveIsWholeOrAsBefore) {
  const std::string parent = file::testing::NewTempDir();
  const std::string path = parent + "/image.tar";
  ASSERT_EQ(WriteArchive(path), absl::OkStatus());
  const std::string whole = ReadFile(path);
  const std::string before = GetParam() ? "an older one" : "";
  for (const int error : kErrors) {
    for (size_t call = 0;; ++call) {
      std::filesystem::remove(path);
      if (GetParam()) file::testing::WriteFile(path, before);
      const FaultedRun run = file::testing::RunWithFault(parent, file::testing::Fault{.call = call, .error = error},
                                                         [&] { return WriteArchive(path).ok() ? 0 : 1; });
      if (!run.injected) {
        EXPECT_GT(call, 5u);
        break;
      }
      SCOPED_TRACE(absl::StrCat(error == kKill ? "killed before" : strerror(error), " ", run.calls[call]));
      const std::string after = ReadFile(path);
      EXPECT_TRUE(after == whole || after == before);
      if (run.exit_code == 0) {
        EXPECT_EQ(after, whole);
      }
      EXPECT_EQ(WriteArchive(path), absl::OkStatus());
      EXPECT_THAT(FilesUnder(parent), ElementsAre("image.tar"));
    }
  }
}

}  // namespace
}  // namespace waybill::oci::layout
