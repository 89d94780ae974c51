// SPDX-License-Identifier: Apache-2.0
// Every archive and directory that BuildKit was recorded to write, rebuilt from its blobs, its root descriptor and its
// names: testdata/golden.
#include <filesystem>
#include <map>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "oci/content/copy_graph.h"
#include "oci/file/file.h"
#include "oci/file/testing/files.h"
#include "oci/io/string.h"
#include "oci/json/json.h"
#include "oci/layout/archive.h"
#include "oci/layout/directory.h"
#include "oci/layout/layout.h"
#include "oci/layout/reader.h"
#include "oci/status_macros.h"

namespace waybill::oci::layout {
namespace {

namespace fs = std::filesystem;
using file::testing::NewTempDir;
using file::testing::ReadFile;
using file::testing::WriteFile;

constexpr char kCases[] = "testdata/golden/cases";
constexpr char kBlobs[] = "testdata/golden/blobs";

// The pool of recorded blobs.
class Pool : public content::Fetcher {
 public:
  absl::StatusOr<std::unique_ptr<io::Source>> Fetch(const Context&, const Descriptor& descriptor) override {
    return file::FileSource::Open(absl::StrCat(kBlobs, "/", descriptor.digest.hex()), file::Links::kFollow);
  }
};

// What the test needs of a case.
struct Recording {
  std::string name;
  std::string type;
  Descriptor root;
  std::vector<std::string> names;
  std::string tar;                           // sha256 hex; empty when it is no archive
  std::map<std::string, std::string> files;  // of a directory: path to sha256 hex
};

json::Fields Object(absl::string_view raw) { return *json::Fields::Parse(raw); }

std::string Text(absl::string_view raw) { return raw.empty() ? "" : *json::DecodeString(raw); }

// Nothing when the case records neither an archive nor a layout directory.
std::optional<Recording> Read(const fs::path& path) {
  const std::string bytes = ReadFile(path);
  const json::Fields top = Object(bytes);
  const json::Fields expect = Object(top.Find("expect"));
  const std::string type = Text(Object(top.Find("exporter")).Find("type"));
  const bool archive = !expect.Find("tar").empty();
  if ((type != "oci" && type != "docker") || (!archive && expect.Find("directory").empty())) return std::nullopt;
  const json::Fields response = Object(expect.Find("response"));
  std::string descriptor;
  EXPECT_TRUE(absl::Base64Unescape(Text(response.Find("containerimage.descriptor")), &descriptor)) << path;
  Recording recording{.name = path.stem().string(), .type = type, .root = *image::ParseDescriptor(descriptor)};
  const std::string names = Text(response.Find("image.name"));
  if (!names.empty()) recording.names = absl::StrSplit(names, ',');
  if (archive) {
    recording.tar = Text(Object(expect.Find("tar")).Find("sha256"));
    return recording;
  }
  const std::vector<absl::string_view> files = *json::Elements(expect.Find("directory"));
  for (const absl::string_view file : files) {
    recording.files.emplace(Text(Object(file).Find("path")), Text(Object(file).Find("sha256")));
  }
  return recording;
}

std::vector<Recording> ReadAllCases() {
  std::vector<Recording> recordings;
  for (const fs::directory_entry& entry : fs::directory_iterator(kCases)) {
    std::optional<Recording> recording = Read(entry.path());
    if (recording.has_value()) recordings.push_back(*std::move(recording));
  }
  return recordings;
}

absl::StatusOr<std::string> BuildArchive(const Recording& recording) {
  Pool pool;
  Archive archive({.docker_manifest = recording.type == "docker"});
  ABSL_RETURN_IF_ERROR(content::CopyGraph(Context(), pool, archive, recording.root, {}));
  for (const std::string& name : recording.names) ABSL_RETURN_IF_ERROR(archive.Tag(Context(), recording.root, name));
  if (recording.names.empty()) ABSL_RETURN_IF_ERROR(archive.Tag(Context(), recording.root, ""));
  std::string bytes;
  io::StringWriter out(bytes);
  ABSL_RETURN_IF_ERROR(archive.Finish(Context(), out));
  return bytes;
}

TEST(GoldenTest, ArchivesAreBuildKits) {
  int archives = 0;
  for (const Recording& recording : ReadAllCases()) {
    if (recording.tar.empty()) continue;
    const absl::StatusOr<std::string> bytes = BuildArchive(recording);
    ASSERT_TRUE(bytes.ok()) << recording.name << ": " << bytes.status();
    EXPECT_EQ(Digest::Of(*bytes).hex(), recording.tar) << recording.name;
    ++archives;
  }
  EXPECT_EQ(archives, 110);
}

TEST(GoldenTest, DirectoriesAreBuildKits) {
  int directories = 0;
  for (const Recording& recording : ReadAllCases()) {
    if (!recording.tar.empty()) continue;
    const std::string root = NewTempDir();
    {
      Pool pool;
      const absl::StatusOr<std::unique_ptr<Directory>> directory = Directory::Open(root);
      ASSERT_TRUE(directory.ok()) << directory.status();
      ASSERT_EQ(content::CopyGraph(Context(), pool, **directory, recording.root, {}), absl::OkStatus());
      ASSERT_EQ((*directory)->TagAll(Context(), recording.root, recording.names), absl::OkStatus());
    }
    std::map<std::string, std::string> files;
    for (const std::string& file : file::testing::FilesUnder(root)) {
      files.emplace(file, Digest::Of(ReadFile(absl::StrCat(root, "/", file))).hex());
    }
    EXPECT_EQ(files, recording.files) << recording.name;
    ++directories;
  }
  EXPECT_EQ(directories, 2);
}

// What was written can be read: each recorded archive gives its images and blobs back by name and digest.
TEST(GoldenTest, ArchivesCanBeRead) {
  for (const Recording& recording : ReadAllCases()) {
    if (recording.names.empty() || recording.tar.empty()) continue;
    const absl::StatusOr<std::string> bytes = BuildArchive(recording);
    ASSERT_TRUE(bytes.ok()) << recording.name << ": " << bytes.status();
    const std::string path = NewTempDir() + "/image.tar";
    WriteFile(path, *bytes);
    const absl::StatusOr<std::unique_ptr<LayoutReader>> reader = OpenArchive(Context(), path);
    ASSERT_TRUE(reader.ok()) << recording.name << ": " << reader.status();
    for (const std::string& name : recording.names) {
      const absl::StatusOr<Descriptor> found = FindImage((*reader)->index(), name);
      ASSERT_TRUE(found.ok()) << recording.name << ": " << found.status();
      EXPECT_EQ(found->digest, recording.root.digest);
    }
    Archive copy({});
    EXPECT_EQ(content::CopyGraph(Context(), **reader, copy, recording.root, {}), absl::OkStatus());
    std::string copied;
    io::StringWriter out(copied);
    EXPECT_EQ(copy.Finish(Context(), out), absl::OkStatus()) << recording.name;
  }
}

}  // namespace
}  // namespace waybill::oci::layout
