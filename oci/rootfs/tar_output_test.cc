// SPDX-License-Identifier: Apache-2.0
// Expected archives: those that BuildKit's tar exporter wrote (testdata/golden).
#include "oci/rootfs/tar_output.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "oci/digest.h"
#include "oci/file/testing/files.h"
#include "oci/io/string.h"
#include "oci/rootfs/resolve.h"
#include "oci/rootfs/testing/image_maker.h"
#include "oci/rootfs/testing/layer_maker.h"
#include "oci/tar/reader.h"

namespace waybill::oci::rootfs {
namespace {

using file::testing::ReadFile;
using testing::Directory;
using ::testing::ElementsAre;
using testing::File;
using testing::HardLink;
using testing::Image;
using testing::MakeLayer;
using testing::Symlink;

TEST(WriteTarTest, WritesTheArchivesOfBuildKit) {
  for (const std::string name : {"tar-single", "tar-single-att", "tar-multi", "tar-multi-att"}) {
    const nlohmann::json golden =
        nlohmann::json::parse(ReadFile(absl::StrCat("testdata/golden/cases/", name, ".json")), nullptr, false);
    const nlohmann::json& expected = golden["expect"]["tar"];
    std::string archive;
    io::StringWriter out(archive);
    tar::Writer writer(out);
    for (const auto& [key, ref] : golden["result"]["refs"].items()) {
      const std::string folder = absl::StrReplaceAll(key, {{"/", "_"}});
      Image image;
      image.AddRecordedLayers(ref);
      image.AddRecordedStatements(expected["entries"], folder);
      ASSERT_EQ(WriteTar(Context(), image.tree, *image.files, {.folder = folder, .epoch = 1700000000}, writer),
                absl::OkStatus());
    }
    ASSERT_EQ(writer.Close(), absl::OkStatus());
    EXPECT_EQ(archive.size(), expected["size"].get<size_t>()) << name;
    EXPECT_EQ(Digest::Of(archive).hex(), expected["sha256"].get<std::string>()) << name;
  }
}

// "name type link mode mtime data" of each entry.
std::vector<std::string> List(const std::string& archive) {
  io::StringReader from(archive);
  tar::Reader reader(from);
  std::vector<std::string> lines;
  while (true) {
    const auto entry = reader.Next(Context());
    EXPECT_TRUE(entry.ok()) << entry.status();
    if (!entry.ok() || !entry->has_value()) return lines;
    lines.push_back(absl::StrCat((*entry)->name, " ", std::string(1, (*entry)->type), " ", (*entry)->link, " ",
                                 (*entry)->mtime.seconds, " ", *io::ReadAll(Context(), reader, 1 << 20)));
  }
}

std::vector<std::string> Written(Image& image, const TarOptions& options) {
  std::string archive;
  io::StringWriter out(archive);
  tar::Writer writer(out);
  EXPECT_EQ(WriteTar(Context(), image.tree, *image.files, options, writer), absl::OkStatus());
  EXPECT_EQ(writer.Close(), absl::OkStatus());
  return List(archive);
}

// fsutil's WriteTar over SubDirFS: links of both kinds point into the folder, relative ones stay.
TEST(WriteTarTest, LinksPointIntoTheFolder) {
  Image image;
  image.Add(std::make_unique<io::StringSource>(
      MakeLayer({File("b", "bytes"), HardLink("a/z", "b"), Symlink("abs", "/b/../c"), Symlink("rel", "../b")})));
  image.Finish();
  EXPECT_THAT(Written(image, {.folder = "linux_amd64"}),
              ElementsAre("linux_amd64/ 5  0 ", "linux_amd64/a/ 5  0 ", "linux_amd64/a/z 0  0 bytes",
                          "linux_amd64/abs 2 /linux_amd64/c 0 ", "linux_amd64/b 1 linux_amd64/a/z 0 ",
                          "linux_amd64/rel 2 ../b 0 "));
}

TEST(WriteTarTest, WritesAPartOfTheTree) {
  Image image;
  image.Add(std::make_unique<io::StringSource>(
      MakeLayer({File("d/e/f", "1"), HardLink("d/e/g", "d/e/f"), File("other", "2"), HardLink("d/h", "other")})));
  image.Finish();
  EXPECT_THAT(Written(image, {.start = *Resolve(image.tree, "d")}),
              ElementsAre("e/ 5  0 ", "e/f 0  0 1", "e/g 1 e/f 0 ", "h 0  0 2"));
  EXPECT_THAT(Written(image, {.start = *Resolve(image.tree, "d/e/g")}), ElementsAre("g 0  0 1"));
}

TEST(WriteTarTest, RoundsTimesToSeconds) {
  tar::Entry up{.name = "up", .mtime = {5, 500'000'000}, .format = tar::Format::kPax};
  tar::Entry down{.name = "down", .mtime = {5, 499'999'999}, .format = tar::Format::kPax};
  Image image;
  image.Add(std::make_unique<io::StringSource>(MakeLayer({{up}, {down}})));
  image.Finish();
  EXPECT_THAT(Written(image, {}), ElementsAre("down 0  5 ", "up 0  6 "));
  EXPECT_THAT(Written(image, {.epoch = 3}), ElementsAre("down 0  3 ", "up 0  3 "));
}

// Counts how often the blob is opened at its start.
class CountingSource : public io::Source {
 public:
  explicit CountingSource(std::string bytes) : inner_(std::move(bytes)) {}
  int64_t size() const override { return inner_.size(); }
  absl::StatusOr<std::unique_ptr<io::Reader>> Open(const Context& context, int64_t offset) const override {
    ++opened;
    return inner_.Open(context, offset);
  }
  mutable int opened = 0;

 private:
  const io::StringSource inner_;
};

// testdata/golden: a layer whose names are sorted, and the same names against the order.
TEST(LayerFilesTest, ReadsACompressedLayerOnceOrUnpacksIt) {
  const std::string zstd =
      ReadFile("testdata/golden/blobs/ad58d65febb881482234b75f16a9a412262031c080af9a2e45a337619c3b9ab5");
  auto owned = std::make_unique<CountingSource>(zstd);
  const CountingSource& source = *owned;
  Image image;
  image.Add(std::move(owned));
  image.Finish();
  const std::vector<std::string> sorted = Written(image, {});
  const int once = source.opened;
  EXPECT_LE(once, 4);  // merged, its form looked at, read
  for (int again = 0; again < 5; ++again) EXPECT_EQ(Written(image, {}), sorted);
  EXPECT_EQ(source.opened, once + 1);
}

}  // namespace
}  // namespace waybill::oci::rootfs
