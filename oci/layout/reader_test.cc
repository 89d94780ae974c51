// SPDX-License-Identifier: Apache-2.0
// Reading what waybill and BuildKit wrote: golden_test.cc. Here: what others may hand us.
#include "oci/layout/reader.h"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/fd.h"
#include "oci/file/testing/files.h"
#include "oci/io/string.h"
#include "oci/layout/layout.h"
#include "oci/tar/writer.h"

namespace waybill::oci::layout {
namespace {

using file::testing::NewTempDir;
using file::testing::WriteFile;
using ::testing::HasSubstr;

constexpr char kVersion[] = R"({"imageLayoutVersion": "1.0.0"})";
// printf hello | sha256sum
constexpr char kHex[] = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const std::string kBlob = std::string("blobs/sha256/") + kHex;
const std::string kIndex = absl::StrCat(
    R"({"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:)",
    kHex, R"(","size":5,"annotations":{"org.opencontainers.image.ref.name":"v1"}}]})");

Descriptor Hello() { return {.digest = *Digest::Parse(absl::StrCat("sha256:", kHex)), .size = 5}; }

struct File {
  std::string name;
  std::string bytes;
  char type = tar::kFile;
};
const std::vector<File> kLayout = {{"oci-layout", kVersion}, {"index.json", kIndex}, {kBlob, "hello"}};

std::string TarOf(const std::vector<File>& files) {
  std::string bytes;
  io::StringWriter out(bytes);
  tar::Writer writer(out);
  for (const File& file : files) {
    EXPECT_TRUE(
        writer.Begin({.name = file.name, .type = file.type, .size = static_cast<int64_t>(file.bytes.size())}).ok());
    EXPECT_TRUE(writer.Write(file.bytes).ok());
  }
  EXPECT_TRUE(writer.Close().ok());
  return bytes;
}

// The same files as an archive and as a directory.
std::string MakeArchive(const std::vector<File>& files) {
  std::string path = NewTempDir() + "/image.tar";
  WriteFile(path, TarOf(files));
  return path;
}

std::string MakeDirectory(const std::vector<File>& files) {
  std::string root = NewTempDir();
  EXPECT_TRUE(file::MakeDirectories(root + "/blobs/sha256").ok());
  for (const File& file : files) WriteFile(absl::StrCat(root, "/", file.name), file.bytes);
  return root;
}

TEST(LayoutReaderTest, FindsImagesAndBlobs) {
  const absl::StatusOr<std::unique_ptr<LayoutReader>> readers[] = {OpenArchive(Context(), MakeArchive(kLayout)),
                                                                   OpenDirectory(Context(), MakeDirectory(kLayout))};
  for (const auto& reader : readers) {
    ASSERT_EQ(reader.status(), absl::OkStatus());
    EXPECT_EQ(FindImage((*reader)->index(), "v1")->digest, Hello().digest);
    EXPECT_EQ(*content::VerifiedBytes(Context(), **reader, Hello(), 100), "hello");
    Descriptor longer = Hello();
    longer.size = 6;
    EXPECT_EQ(ReasonOf((*reader)->Fetch(Context(), longer).status()), Reason::kVerification);
    const Digest other = Digest::Of("other");
    const absl::Status missing = (*reader)->Fetch(Context(), {.digest = other, .size = 5}).status();
    EXPECT_EQ(ReasonOf(missing), Reason::kNotFound);
    EXPECT_EQ(missing.message(), absl::StrCat("blob ", other.ToString(), " not found"));
  }
}

TEST(LayoutReaderTest, FaultyDocumentsAreNamed) {
  struct {
    std::vector<File> files;
    Reason reason;
    std::string text;
  } const cases[] = {
      {{{"index.json", kIndex}}, Reason::kNotFound, "oci-layout"},
      {{{"oci-layout", kVersion}}, Reason::kNotFound, "index.json"},
      {{{"oci-layout", R"({"imageLayoutVersion":"2.0.0"})"}, {"index.json", kIndex}},
       Reason::kUnsupported,
       "oci-layout: version \"2.0.0\""},
      {{{"oci-layout", std::string(5000, ' ')}, {"index.json", kIndex}}, Reason::kInvalidInput, "exceeds 4096 bytes"},
      {{{"oci-layout", kVersion}, {"index.json", "{"}}, Reason::kInvalidInput, "/index.json: "},
      {{{"oci-layout", kVersion},
        {"index.json",
         R"({"schemaVersion":2,"manifests":[{"mediaType":"x","digest":"sha256:../../../etc/passwd","size":1}]})"}},
       Reason::kInvalidInput,
       "index.json: "},
      {{{"oci-layout", kVersion}, {"index.json", std::string((16 << 20) + 1, ' ')}},
       Reason::kInvalidInput,
       "/index.json: exceeds 16777216 bytes"},
  };
  for (const auto& c : cases) {
    const std::string archive = MakeArchive(c.files);
    const std::string directory = MakeDirectory(c.files);
    const std::pair<std::string, absl::Status> results[] = {{archive, OpenArchive(Context(), archive).status()},
                                                            {directory, OpenDirectory(Context(), directory).status()}};
    for (const auto& [path, status] : results) {
      EXPECT_EQ(ReasonOf(status), c.reason) << status;
      EXPECT_THAT(std::string(status.message()), HasSubstr(path));
      EXPECT_THAT(std::string(status.message()), HasSubstr(c.text));
    }
  }
}

TEST(OpenDirectoryTest, DoesNotFollowLinksOut) {
  const std::string root = MakeDirectory({{"oci-layout", kVersion}});
  ASSERT_EQ(symlink("/etc/passwd", (root + "/index.json").c_str()), 0);
  const absl::Status index = OpenDirectory(Context(), root).status();
  EXPECT_EQ(ReasonOf(index), Reason::kInvalidInput);
  EXPECT_EQ(index.message(), absl::StrCat("open ", root, "/index.json: it is a symbolic link"));

  ASSERT_EQ(unlink((root + "/index.json").c_str()), 0);
  WriteFile(root + "/index.json", kIndex);
  ASSERT_EQ(symlink("/etc/passwd", absl::StrCat(root, "/", kBlob).c_str()), 0);
  const absl::StatusOr<std::unique_ptr<LayoutReader>> reader = OpenDirectory(Context(), root);
  ASSERT_EQ(reader.status(), absl::OkStatus());
  const absl::Status blob = (*reader)->Fetch(Context(), Hello()).status();
  EXPECT_EQ(ReasonOf(blob), Reason::kInvalidInput);
  EXPECT_THAT(std::string(blob.message()), HasSubstr("it is a symbolic link"));
}

TEST(OpenDirectoryTest, ReadingWritesNothing) {
  const std::string root = MakeDirectory(kLayout);
  ASSERT_TRUE(file::MakeDirectories(root + "/ingest").ok());
  const std::vector<std::string> before = file::testing::FilesUnder(root);
  {
    const absl::StatusOr<std::unique_ptr<LayoutReader>> reader = OpenDirectory(Context(), root);
    ASSERT_EQ(reader.status(), absl::OkStatus());
    EXPECT_TRUE((*reader)->Fetch(Context(), Hello()).ok());
  }
  EXPECT_EQ(file::testing::FilesUnder(root), before);
}

TEST(OpenArchiveTest, TakesNamesAsOtherToolsWriteThem) {
  // tar -C layout -cf image.tar .
  const absl::StatusOr<std::unique_ptr<LayoutReader>> reader =
      OpenArchive(Context(), MakeArchive({{"./", "", tar::kDirectory},
                                          {"./oci-layout", kVersion},
                                          {"./index.json", "replaced below"},
                                          {"./unrelated", "x"},
                                          {"./" + kBlob, "hello"},
                                          {"./index.json", kIndex}}));
  ASSERT_EQ(reader.status(), absl::OkStatus());
  EXPECT_EQ(*content::VerifiedBytes(Context(), **reader, Hello(), 100), "hello");
}

TEST(OpenDirectoryTest, DirectoriesOfBlobsAreNoLinks) {
  const std::string elsewhere = MakeDirectory(kLayout);
  for (const std::string name : {"blobs", "blobs/sha256"}) {
    const std::string root = MakeDirectory(kLayout);
    ASSERT_EQ(rename(absl::StrCat(root, "/", name).c_str(), absl::StrCat(root, "/moved").c_str()), 0);
    ASSERT_EQ(symlink(absl::StrCat(elsewhere, "/", name).c_str(), absl::StrCat(root, "/", name).c_str()), 0);
    const absl::StatusOr<std::unique_ptr<LayoutReader>> reader = OpenDirectory(Context(), root);
    ASSERT_EQ(reader.status(), absl::OkStatus());
    const absl::Status status = (*reader)->Fetch(Context(), Hello()).status();
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
    EXPECT_EQ(status.message(), absl::StrCat(root, "/", name, " is a symbolic link; links are not followed"));
  }
}

TEST(OpenArchiveTest, LinksAreRefusedAndNamed) {
  const std::string link = "is a symbolic link in the archive; links are not followed";
  for (const std::string& name : {kBlob, std::string("blobs"), std::string("blobs/sha256")}) {
    const std::string path = MakeArchive({{"oci-layout", kVersion}, {"index.json", kIndex}, {name, "", '2'}});
    const absl::StatusOr<std::unique_ptr<LayoutReader>> reader = OpenArchive(Context(), path);
    ASSERT_EQ(reader.status(), absl::OkStatus());
    const absl::Status status = (*reader)->Fetch(Context(), Hello()).status();
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
    EXPECT_EQ(status.message(), absl::StrCat(path, ": ", name, " ", link));
  }
  const std::string hard = MakeArchive({{"oci-layout", kVersion}, {"index.json", kIndex}, {kBlob, "", '1'}});
  EXPECT_THAT(std::string((*OpenArchive(Context(), hard))->Fetch(Context(), Hello()).status().message()),
              HasSubstr("is a hard link in the archive"));
  const std::string index = MakeArchive({{"oci-layout", kVersion}, {"index.json", "", '2'}});
  EXPECT_EQ(OpenArchive(Context(), index).status().message(), absl::StrCat(index, ": index.json ", link));
  // Other files of an archive may be links, and the last entry of a name counts.
  const std::string replaced = MakeArchive(
      {{"oci-layout", kVersion}, {"index.json", kIndex}, {"latest", "", '2'}, {kBlob, "", '2'}, {kBlob, "hello"}});
  EXPECT_TRUE((*OpenArchive(Context(), replaced))->Fetch(Context(), Hello()).ok());
}

TEST(OpenArchiveTest, CompressedArchivesAreUnsupported) {
  const std::string path = NewTempDir() + "/image.tar.gz";
  WriteFile(path, "\x1f\x8b\x08 whatever follows");
  const absl::Status status = OpenArchive(Context(), path).status();
  EXPECT_EQ(ReasonOf(status), Reason::kUnsupported);
  EXPECT_EQ(status.message(), absl::StrCat(path, ": the archive is compressed; uncompress it first"));
}

TEST(OpenArchiveTest, OtherFilesAreNoArchives) {
  const std::string path = NewTempDir() + "/image.tar";
  WriteFile(path, std::string(2000, 'x'));
  const absl::Status garbage = OpenArchive(Context(), path).status();
  EXPECT_EQ(ReasonOf(garbage), Reason::kInvalidInput);
  EXPECT_EQ(garbage.message(), absl::StrCat(path, ": invalid tar header: the checksum is not a number"));
  WriteFile(path, "");
  const absl::Status empty = OpenArchive(Context(), path).status();
  EXPECT_EQ(ReasonOf(empty), Reason::kNotFound);
  EXPECT_EQ(empty.message(), absl::StrCat(path, ": it has no oci-layout"));
  EXPECT_EQ(ReasonOf(OpenArchive(Context(), path + ".none").status()), Reason::kNotFound);
}

TEST(OpenArchiveTest, AnArchiveThatEndsInsideABlobIsRefused) {
  const std::string large(1 << 20, 'x');
  const Digest digest = Digest::Of(large);
  const std::string archive = TarOf({{"oci-layout", kVersion}, {"index.json", kIndex}, {BlobPath(digest), large}});
  const std::string path = NewTempDir() + "/image.tar";
  for (const size_t missing : {size_t{1025}, size_t{500'000}, size_t{1024 + (1 << 20)}}) {
    WriteFile(path, absl::string_view(archive).substr(0, archive.size() - missing));
    const absl::Status status = OpenArchive(Context(), path).status();
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput) << missing;
    EXPECT_EQ(status.message(), absl::StrCat(path, ": the tar archive is cut short")) << missing;
  }
}

}  // namespace
}  // namespace waybill::oci::layout
