// SPDX-License-Identifier: Apache-2.0
// `waybill export` under faults of its file operations: one call fails with EIO, ENOSPC or EMFILE, or the process is
// killed before it. Afterwards the destination is whole or as before, and the next export clears up.
// FAULT_STRIDE=N injects at every Nth call of an export only (23); .ci/nightly injects at each.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/file/testing/faults.h"
#include "oci/file/testing/files.h"
#include "oci/image/manifest.h"
#include "oci/layout/layout.h"

namespace waybill::e2e::faults {
namespace {

using oci::file::testing::Fault;
using oci::file::testing::FaultedRun;
using oci::file::testing::FilesUnder;
using oci::file::testing::kKill;
using oci::file::testing::ReadFile;
using oci::file::testing::WriteFile;

using Files = std::map<std::string, std::string>;  // bytes by path

constexpr int kErrors[] = {EIO, ENOSPC, EMFILE, kKill};

size_t Stride() {
  const char* const text = std::getenv("FAULT_STRIDE");
  size_t stride = 23;
  return text != nullptr && absl::SimpleAtoi(text, &stride) && stride > 0 ? stride : 23;
}

// What users see below `directory`, without what is hidden or says that somebody is at work.
Files Visible(const std::string& directory) {
  Files files;
  for (const std::string& file : FilesUnder(directory)) {
    const std::string path = absl::StrCat(directory, "/", file);
    if (absl::StrContains(file, ".waybill-") || absl::EndsWith(file, ".lock") || std::filesystem::is_directory(path)) {
      continue;
    }
    files[file] = ReadFile(path);
  }
  return files;
}

// A result of one platform, whose layers are made on the way: docker's archives have no others.
std::string MakeResult() {
  const std::string directory = oci::file::testing::NewTempDir();
  const std::string layer = oci::file::testing::RandomBytes(300'000, 7);
  const oci::Digest digest = oci::Digest::Of(layer);
  std::filesystem::create_directories(directory + "/blobs/sha256");
  WriteFile(absl::StrCat(directory, "/", oci::layout::BlobPath(digest)), layer);
  WriteFile(directory + "/result.json",
            absl::StrCat(R"({"is_map": false, "metadata": {"containerimage.config": {"text": )",
                         R"("{\"architecture\":\"amd64\",\"os\":\"linux\"}"}}, "refs": {"": {"layers": [)",
                         R"({"media_type": "application/vnd.oci.image.layer.v1.tar", "digest": ")", digest.ToString(),
                         R"(", "size": 300000, "diff_id": ")", digest.ToString(), R"("}]}}})"));
  return directory;
}

enum class Kind { kFile, kLayout, kFiles };

struct Destination {
  const char* name;
  const char* output;  // of the option --output, but for the name and the destination
  const char* file;    // in the directory for it
  Kind kind;
  bool replaces;  // there is another one before
};

constexpr Destination kDestinations[] = {
    {"Layout", "type=oci,tar=false", "layout", Kind::kLayout, false},
    {"LayoutWithAnImage", "type=oci,tar=false", "layout", Kind::kLayout, true},
    {"Archive", "type=oci", "image.tar", Kind::kFile, false},
    {"ArchiveOverAnother", "type=oci", "image.tar", Kind::kFile, true},
    {"DockerArchive", "type=docker", "docker.tar", Kind::kFile, false},
    {"DockerArchiveOverAnother", "type=docker", "docker.tar", Kind::kFile, true},
    {"ConvertedLayout", "type=oci,tar=false,compression=estargz,force-compression=true", "layout", Kind::kLayout, true},
    {"ConvertedArchive", "type=oci,compression=zstd,force-compression=true,rewrite-timestamp=true", "image.tar",
     Kind::kFile, true},
    {"ConvertedDockerArchive", "type=docker,force-compression=true,compression-level=1", "docker.tar", Kind::kFile,
     false},
    {"FilesArchive", "type=tar", "files.tar", Kind::kFile, true},
    {"FilesDirectory", "type=local", "files", Kind::kFiles, false},
    {"FilesDirectoryOverAnother", "type=local,mode=delete", "files", Kind::kFiles, true},
};

class ExportFaultsTest : public ::testing::TestWithParam<Destination> {
 protected:
  void SetUp() override {
    if (!oci::file::testing::CanInjectFaults()) GTEST_SKIP() << "seccomp's notifier is not allowed here";
    const std::string work = std::filesystem::current_path().string();
    waybill_ = absl::StrCat(work, "/", std::getenv("WAYBILL"));
    result_ = absl::StartsWith(GetParam().file, "docker") ? MakeResult() : CopyOfTheSample(work);
  }

  static std::string CopyOfTheSample(const std::string& work) {
    const std::string directory = oci::file::testing::NewTempDir();  // bundles have no symbolic links
    for (const std::string& file : FilesUnder(work + "/testdata/sample")) {
      std::filesystem::create_directories(std::filesystem::path(directory + "/" + file).parent_path());
      WriteFile(directory + "/" + file, ReadFile(work + "/testdata/sample/" + file));
    }
    return directory;
  }

  static bool WritesFiles() { return absl::StartsWith(GetParam().file, "files"); }

  // One export; `parent` holds the destination (out) and temporary files (tmp).
  FaultedRun Export(const std::string& parent, const std::string& tag, const std::optional<Fault>& fault) {
    const std::string output =
        absl::StrCat(GetParam().output, ",dest=", parent, "/out/", GetParam().file,
                     ",source-date-epoch=", tag == "new" ? "1700000000" : "1600000000",  // the same bytes at any time
                     WritesFiles() ? ",attestation-prefix=" : ",name=example.com/app:", tag);
    return oci::file::testing::RunWithFault(parent, fault, [&] {
      setenv("TMPDIR", (parent + "/tmp").c_str(), 1);
      const int silent = open("/dev/null", O_WRONLY);
      dup2(silent, STDOUT_FILENO);
      dup2(silent, STDERR_FILENO);
      execl(waybill_.c_str(), "waybill", "export", "--progress", "quiet", "--result", result_.c_str(), "--output",
            output.c_str(), nullptr);
      return 127;
    });
  }

  // The parent directory as it is before the export.
  std::string Prepare() {
    std::string parent = oci::file::testing::NewTempDir();
    std::filesystem::create_directories(parent + "/out");
    std::filesystem::create_directories(parent + "/tmp");
    if (!GetParam().replaces) return parent;
    if (before_.empty()) {
      EXPECT_EQ(Export(parent, "before", std::nullopt).exit_code, 0);
      before_ = Visible(parent + "/out");
    }
    for (const auto& [file, bytes] : before_) {
      std::filesystem::create_directories(std::filesystem::path(parent + "/out/" + file).parent_path());
      WriteFile(parent + "/out/" + file, bytes);
    }
    return parent;
  }

  // Whether all of `wanted` is among `files`, byte for byte.
  static bool Has(const Files& files, const Files& wanted) {
    for (const auto& [file, bytes] : wanted) {
      const auto found = files.find(file);
      if (found == files.end() || found->second != bytes) return false;
    }
    return true;
  }

  // "new", "as before", or what is wrong. Blobs that no index names may be there, if they are whole.
  std::string StateOf(const Files& files) const {
    for (const auto& [file, bytes] : files) {
      absl::string_view hex = file;
      if (absl::ConsumePrefix(&hex, "layout/blobs/sha256/") && hex != oci::Digest::Of(bytes).hex()) {
        return absl::StrCat("TORN: ", file);
      }
    }
    if (GetParam().kind == Kind::kFiles) return StateOfFiles(files);
    const std::string main = GetParam().kind == Kind::kLayout ? "layout/index.json" : GetParam().file;
    const auto found = files.find(main);
    if (found != files.end() && found->second == whole_.at(main)) return Has(files, whole_) ? "new" : "TORN: new";
    if (before_.empty()) return found == files.end() ? "as before" : absl::StrCat("TORN: ", main);
    return Has(files, before_) ? "as before" : absl::StrCat("TORN: ", main);
  }

  // "mixed" when each file is that of before or the new one: what a directory that was there may be.
  std::string StateOfFiles(const Files& files) const {
    if (files == whole_) return "new";
    if (files == before_) return "as before";
    for (const auto& [file, bytes] : files) {
      if (!Has(before_, {{file, bytes}}) && !Has(whole_, {{file, bytes}})) return absl::StrCat("TORN: ", file);
    }
    return before_.empty() ? "TORN: a part" : "mixed";
  }

  std::string waybill_;
  std::string result_;
  Files before_;
  Files whole_;  // after an export without faults
};

INSTANTIATE_TEST_SUITE_P(Destinations, ExportFaultsTest, ::testing::ValuesIn(kDestinations),
                         [](const auto& info) { return info.param.name; });

TEST_P(ExportFaultsTest, IsWholeOrAsBefore) {
  const std::string unhindered = Prepare();
  const FaultedRun all = Export(unhindered, "new", std::nullopt);
  ASSERT_EQ(all.exit_code, 0);
  ASSERT_GT(all.calls.size(), 20u);
  whole_ = Visible(unhindered + "/out");
  std::map<std::string, int> outcomes;
  int injected = 0;
  const size_t stride = Stride();
  size_t first = 0;
  for (const int error : kErrors) {
    for (size_t call = first++ % stride;; call += stride) {
      const std::string parent = Prepare();
      const FaultedRun run = Export(parent, "new", Fault{.call = call, .error = error});
      if (!run.injected) break;
      SCOPED_TRACE(absl::StrCat(error == kKill ? "killed before" : strerror(error), " ", run.calls[call]));
      ++injected;
      const std::string state = StateOf(Visible(parent + "/out"));
      EXPECT_TRUE(state == "new" || state == "as before" || state == "mixed") << state;
      if (run.exit_code == 0) {
        EXPECT_EQ(state, "new");
      }
      const char* const end = run.killed ? "killed" : run.exit_code == 0 ? "succeeded" : "failed";
      ++outcomes[absl::StrCat(end, ", ", state)];
      // The next one succeeds and clears up.
      EXPECT_EQ(Export(parent, "new", std::nullopt).exit_code, 0);
      EXPECT_EQ(Visible(parent + "/out"), whole_);
      for (const std::string& file : FilesUnder(parent)) {
        EXPECT_FALSE(absl::StrContains(file, ".waybill-") || absl::StartsWith(file, "tmp/") ||
                     absl::StartsWith(file, "out/layout/ingest"))
            << file;
      }
      std::filesystem::remove_all(parent);
    }
    first += stride / 4;
  }
  EXPECT_GT(injected, 0);
  printf("%s: %zu calls, injected at %d times\n", GetParam().name, all.calls.size(), injected);
  for (const auto& [outcome, count] : outcomes) printf("%6d  %s\n", count, outcome.c_str());
}

}  // namespace
}  // namespace waybill::e2e::faults
