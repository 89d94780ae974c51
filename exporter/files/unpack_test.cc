// SPDX-License-Identifier: Apache-2.0
#include "exporter/files/unpack.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "exporter/files/archive.h"
#include "exporter/files/collisions.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"
#include "oci/io/string.h"
#include "oci/rootfs/testing/layer_maker.h"
#include "oci/rootfs/walk.h"

namespace waybill::exporter::files {
namespace {

using oci::Context;
using oci::rootfs::testing::Directory;
using oci::rootfs::testing::File;
using oci::rootfs::testing::HardLink;
using oci::rootfs::testing::Item;
using oci::rootfs::testing::MakeLayer;
using oci::rootfs::testing::Symlink;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A blob on another machine, which sends other bytes from the second time on.
class Remote : public oci::io::Source {
 public:
  Remote(std::vector<std::string> answers, size_t& opened) : answers_(std::move(answers)), opened_(opened) {}
  int64_t size() const override { return static_cast<int64_t>(answers_[0].size()); }
  absl::StatusOr<std::unique_ptr<oci::io::Reader>> Open(const Context&, int64_t offset) const override {
    const std::string& bytes = answers_[std::min(opened_++, answers_.size() - 1)];
    return std::make_unique<oci::io::StringReader>(absl::string_view(bytes).substr(static_cast<size_t>(offset)));
  }

 private:
  const std::vector<std::string> answers_;
  size_t& opened_;
};

class RemoteFetcher : public oci::content::Fetcher {
 public:
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const Context&, const oci::Descriptor&) override {
    return std::make_unique<Remote>(answers, opened);
  }
  std::vector<std::string> answers;
  size_t opened = 0;
};

request::Layer LayerOf(const std::string& bytes) {
  return {.blob = {.digest = oci::Digest::Of(bytes), .size = static_cast<int64_t>(bytes.size())},
          .diff_id = oci::Digest::Of(bytes)};
}

// Paths and bytes.
class Listing : public oci::rootfs::Visitor {
 public:
  explicit Listing(PlatformFiles& files) : files_(files) {}
  absl::Status Visit(const Context& context, const oci::rootfs::Step& step) override {
    std::string text;
    oci::io::StringWriter out(text);
    const bool is_file = step.inode.kind == oci::rootfs::Kind::kFile;
    const absl::Status status =
        is_file ? files_.contents->Copy(context, files_.tree, step.inode, out) : absl::OkStatus();
    lines.push_back(absl::StrCat(step.path, is_file ? " " : "/", text, " ", step.inode.mtime));
    return status;
  }
  absl::Status Leave(const Context&, const oci::rootfs::Step&) override { return absl::OkStatus(); }
  std::vector<std::string> lines;

 private:
  PlatformFiles& files_;
};

std::vector<std::string> List(PlatformFiles& files) {
  Listing listing(files);
  EXPECT_EQ(oci::rootfs::Walk(Context(), files.tree, files.start, listing), absl::OkStatus());
  return listing.lines;
}

TEST(UnpackTest, FetchesFromAnotherMachineOnce) {
  const std::string layer = MakeLayer({File("b", "one"), File("a", "two")});
  RemoteFetcher source;
  source.answers = {layer, std::string(layer.size(), 'x')};
  oci::content::store::MemoryStore staging;
  plan::PlatformPlan plan{.layers = {LayerOf(layer)}};
  const auto files = Unpack(Context(), plan, {}, {source, staging, ::testing::TempDir()});
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_THAT(List(**files), ElementsAre("a two 0", "b one 0"));
  EXPECT_EQ(source.opened, 1u);
}

TEST(UnpackTest, ChecksTheDigest) {
  const std::string layer = MakeLayer({File("a", "one")});
  const std::string other = MakeLayer({File("a", "two")});
  const std::string damaged = std::string(layer.size(), 'x');
  for (const std::string& bytes : {other, damaged, layer.substr(0, 512), layer + "x"}) {
    oci::content::store::MemoryStore source, staging;
    plan::PlatformPlan plan{.layers = {LayerOf(layer)}};
    // A store of local files gives what is in them.
    class Damaged : public oci::content::Fetcher {
     public:
      explicit Damaged(const std::string& bytes) : bytes_(bytes) {}
      absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const Context&, const oci::Descriptor&) override {
        return std::make_unique<oci::io::StringSource>(bytes_);
      }

     private:
      const std::string& bytes_;
    } damaged_source(bytes);
    const absl::Status status = Unpack(Context(), plan, {}, {damaged_source, staging, ::testing::TempDir()}).status();
    EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kVerification) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("layer 1/1 (sha256:"));
  }
}

TEST(UnpackTest, SaysWhichLayerCannotBeUnpacked) {
  const std::string good = MakeLayer({File("a", "one")});
  const std::string bad = MakeLayer({HardLink("h", "nowhere")});
  oci::content::store::MemoryStore source, staging;
  source.Add(good);
  source.Add(bad);
  plan::PlatformPlan plan{.layers = {LayerOf(good), LayerOf(bad)}};
  const absl::Status status = Unpack(Context(), plan, {}, {source, staging, ::testing::TempDir()}).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("layer 2/2 (sha256:"));
}

std::unique_ptr<PlatformFiles> FilesOf(const std::string& id, const std::vector<Item>& items) {
  const std::string layer = MakeLayer(items);
  oci::content::store::MemoryStore source, staging;
  source.Add(layer);
  plan::PlatformPlan plan{.layers = {LayerOf(layer)}};
  plan.platform.id = id;
  auto files = Unpack(Context(), plan, {}, {source, staging, ::testing::TempDir()});
  EXPECT_TRUE(files.ok()) << files.status();
  return *std::move(files);
}

TEST(FilesOfArchiveTest, GivesTheSameFiles) {
  Item exact = File("exact", "one");
  exact.entry.mtime = {7, 123456789};
  exact.entry.format = oci::tar::Format::kPax;
  Item link = HardLink("d/h", "exact");
  link.entry.mtime = exact.entry.mtime;
  link.entry.format = exact.entry.format;
  Files files;
  files.push_back(FilesOf("linux/amd64", {exact, Directory("d"), link, Symlink("d/s", "/exact")}));
  files[0]->folder = "linux_amd64";
  files.push_back(FilesOf("linux/arm64", {File("f", "two")}));
  files[1]->folder = "linux_arm64";
  files[1]->epoch = -5;
  std::string archive;
  oci::io::StringWriter out(archive);
  ASSERT_EQ(WriteArchive(Context(), files, Times::kExact, out), absl::OkStatus());
  auto again = FilesOfArchive(Context(), std::make_unique<oci::io::StringSource>(archive), ::testing::TempDir());
  ASSERT_TRUE(again.ok()) << again.status();
  ASSERT_EQ(again->size(), 1u);
  EXPECT_THAT(List(*again->front()), ElementsAre("linux_amd64/ 0", "linux_amd64/d/ 0", "linux_amd64/d/h one 7123456789",
                                                 "linux_amd64/d/s/ 0", "linux_amd64/exact one 7123456789",
                                                 "linux_arm64/ -5000000000", "linux_arm64/f two -5000000000"));
}

// An attestation's file may be called like a whiteout.
TEST(FilesOfArchiveTest, HasNoWhiteouts) {
  auto files = FilesOfArchive(Context(),
                              std::make_unique<oci::io::StringSource>(MakeLayer({File("a", "1"), File(".wh.a", "2")})),
                              ::testing::TempDir());
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_THAT(List(*files->front()), ElementsAre(".wh.a 2 0", "a 1 0"));
}

TEST(CollisionsTest, OnlyDirectoriesMayBeShared) {
  const auto refusal = [](const std::vector<Item>& first, const std::vector<Item>& second,
                          const std::string& folder = "") {
    Files files;
    files.push_back(FilesOf("linux/amd64", first));
    files.push_back(FilesOf("linux/arm64", second));
    files[1]->folder = folder;
    return std::string(CheckCollisions(Context(), files).message());
  };
  EXPECT_EQ(refusal({File("d/a", "1")}, {File("d/b", "1"), Directory("e")}), "");
  // BuildKit's words.
  const std::string both = "cannot overwrite d/a from linux/amd64 with linux/arm64 when split option is disabled";
  EXPECT_EQ(refusal({File("d/a", "1")}, {File("d/a", "1")}), both);
  EXPECT_EQ(refusal({File("d/a", "1")}, {Directory("d/a")}), both);
  EXPECT_EQ(refusal({Directory("d/a")}, {Symlink("d/a", "x")}), both);
  EXPECT_EQ(refusal({File("d/a", "1")}, {File("d/a", "1")}, "linux_arm64"), "");
}

}  // namespace
}  // namespace waybill::exporter::files
