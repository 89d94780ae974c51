// SPDX-License-Identifier: Apache-2.0
#include "exporter/output/output.h"

#include <unistd.h>

#include <mutex>
#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "exporter/request/options.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"
#include "oci/file/file.h"
#include "oci/file/testing/files.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"
#include "oci/layout/layout.h"
#include "oci/layout/reader.h"

namespace waybill::exporter::output {
namespace {

using oci::Context;
using oci::Descriptor;
using oci::Reason;
using oci::ReasonOf;
using oci::file::testing::FilesUnder;
using oci::file::testing::NewTempDir;
using oci::file::testing::RandomBytes;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// An image of a config and two layers, the second of several copy chunks.
class OutputTest : public ::testing::Test {
 protected:
  OutputTest() {
    oci::image::Manifest manifest{
        .media_type = std::string(oci::image::kOciManifest),
        .config = Add("{}", oci::image::kOciConfig),
        .layers = {Add("layer", oci::image::kOciLayer), Add(RandomBytes(6 << 20, 1), oci::image::kOciLayer)}};
    root_ = Add(oci::image::ToIndentedJson(manifest), oci::image::kOciManifest);
    large_layer_ = manifest.layers[1].digest;
  }

  Descriptor Add(const std::string& bytes, absl::string_view media_type) {
    return {
        .media_type = std::string(media_type), .digest = store_.Add(bytes), .size = static_cast<int64_t>(bytes.size())};
  }

  Image MakeImage(std::vector<std::string> names) {
    return {.root = *root_, .names = std::move(names), .content = store_};
  }

  absl::Status Deliver(const request::ExportOptions& options, const Destination& destination,
                       const Context& context = {}) {
    absl::StatusOr<std::unique_ptr<Output>> output = NewOutput(options, destination);
    if (!output.ok()) return output.status();
    return (*output)->Deliver(context, MakeImage({"docker.io/library/app:1"}), options).status();
  }

  oci::content::store::MemoryStore store_;
  std::optional<Descriptor> root_;
  std::optional<oci::Digest> large_layer_;
};

// All that the root reaches comes out again, verified.
void ExpectImage(oci::layout::LayoutReader& reader, const Descriptor& root) {
  const absl::StatusOr<Descriptor> found = oci::layout::FindImage(reader.index(), "docker.io/library/app:1");
  ASSERT_EQ(found.status(), absl::OkStatus());
  EXPECT_EQ(found->digest, root.digest);
  const absl::StatusOr<std::string> bytes = oci::content::VerifiedBytes(Context(), reader, *found, 1 << 20);
  ASSERT_EQ(bytes.status(), absl::OkStatus());
  const absl::StatusOr<std::vector<Descriptor>> successors = oci::image::Successors(root.media_type, *bytes);
  ASSERT_EQ(successors.status(), absl::OkStatus());
  EXPECT_EQ(successors->size(), 3u);
  for (const Descriptor& blob : *successors) {
    EXPECT_EQ(oci::content::VerifiedBytes(Context(), reader, blob, 1 << 30).status(), absl::OkStatus());
  }
}

TEST_F(OutputTest, WritesAnArchive) {
  const std::string path = NewTempDir() + "/out.tar";
  ASSERT_EQ(Deliver({.type = request::ExporterType::kOci}, {.path = path}), absl::OkStatus());
  const auto reader = oci::layout::OpenArchive(Context(), path);
  ASSERT_EQ(reader.status(), absl::OkStatus());
  ExpectImage(**reader, *root_);
}

TEST_F(OutputTest, WritesTheSameToAStream) {
  const std::string path = NewTempDir() + "/out.tar";
  ASSERT_EQ(Deliver({.type = request::ExporterType::kDocker}, {.path = path}), absl::OkStatus());
  std::string bytes;
  oci::io::StringWriter stream(bytes);
  ASSERT_EQ(Deliver({.type = request::ExporterType::kDocker}, {.stream = &stream}), absl::OkStatus());
  const auto file = oci::file::FileSource::Open(path, oci::file::Links::kNever);
  ASSERT_EQ(file.status(), absl::OkStatus());
  EXPECT_TRUE(*oci::io::ReadAll(Context(), **file, 1 << 30) == bytes);
  EXPECT_TRUE(absl::StrContains(bytes, R"("RepoTags":["app:1"])"));
}

TEST_F(OutputTest, WritesADirectory) {
  const std::string path = NewTempDir() + "/layout";
  ASSERT_EQ(Deliver({.type = request::ExporterType::kOci, .tar = false}, {.path = path}), absl::OkStatus());
  const auto reader = oci::layout::OpenDirectory(Context(), path);
  ASSERT_EQ(reader.status(), absl::OkStatus());
  ExpectImage(**reader, *root_);
}

TEST_F(OutputTest, RepairsADirectoryThatLostALayer) {
  const std::string path = NewTempDir() + "/layout";
  const request::ExportOptions options{.type = request::ExporterType::kOci, .tar = false};
  ASSERT_EQ(Deliver(options, {.path = path}), absl::OkStatus());
  const std::vector<std::string> files = FilesUnder(path);
  ASSERT_EQ(unlink(absl::StrCat(path, "/", oci::layout::BlobPath(*large_layer_)).c_str()), 0);
  ASSERT_EQ(Deliver(options, {.path = path}), absl::OkStatus());
  EXPECT_EQ(FilesUnder(path), files);
}

TEST_F(OutputTest, TheImageTypeLeavesEverythingInTheStore) {
  EXPECT_EQ(Deliver({.type = request::ExporterType::kImage}, {}), absl::OkStatus());
}

TEST_F(OutputTest, NamesWhatIsNotThere) {
  const absl::Status status = Deliver({.type = request::ExporterType::kImage, .push = true}, {});
  EXPECT_EQ(ReasonOf(status), Reason::kUnsupported);
  EXPECT_EQ(status.message(), "push=true without a registry client");
}

TEST_F(OutputTest, FilesNeedADestinationThatFits) {
  std::string bytes;
  oci::io::StringWriter stream(bytes);
  const request::ExportOptions local{.type = request::ExporterType::kLocal};
  const request::ExportOptions tar{.type = request::ExporterType::kTar};
  EXPECT_EQ(NewFilesOutput(local, {}).status().message(), "type=local needs one destination");
  EXPECT_EQ(NewFilesOutput(tar, {.path = "x", .stream = &stream}).status().message(), "type=tar needs one destination");
  EXPECT_EQ(NewFilesOutput(local, {.stream = &stream}).status().message(),
            "type=local needs a directory as destination");
  EXPECT_TRUE(NewFilesOutput(tar, {.stream = &stream}).ok());
}

TEST_F(OutputTest, RefusesADestinationThatDoesNotFit) {
  std::string bytes;
  oci::io::StringWriter stream(bytes);
  struct {
    request::ExportOptions options;
    Destination destination;
    std::string text;
  } const cases[] = {
      {{.type = request::ExporterType::kOci}, {}, "type=oci needs one destination"},
      {{.type = request::ExporterType::kDocker}, {.path = "x", .stream = &stream}, "type=docker needs one destination"},
      {{.type = request::ExporterType::kOci, .tar = false},
       {.stream = &stream},
       "type=oci with tar=false needs a directory as destination"},
      {{.type = request::ExporterType::kImage}, {.path = "x"}, "type=image takes no destination"},
  };
  for (const auto& c : cases) {
    const absl::Status status = Deliver(c.options, c.destination);
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
    EXPECT_EQ(status.message(), c.text);
  }
}

TEST_F(OutputTest, AMissingBlobIsNamedAndNothingStays) {
  const Descriptor missing{
      .media_type = std::string(oci::image::kOciManifest), .digest = oci::Digest::Of("gone"), .size = 4};
  root_ = missing;
  for (const bool tar : {true, false}) {
    const std::string parent = NewTempDir();
    const absl::Status status = Deliver({.type = request::ExporterType::kOci, .tar = tar}, {.path = parent + "/out"});
    EXPECT_EQ(ReasonOf(status), Reason::kNotFound);
    const std::string digest = missing.digest.ToString();
    EXPECT_EQ(status.message(),
              absl::StrCat("writing ", parent, "/out: source: blob ", digest, ": blob ", digest, " not found"));
    EXPECT_THAT(FilesUnder(parent), IsEmpty());
  }
}

// Gives the large layer's size in zeros.
class Corrupting : public oci::content::Fetcher {
 public:
  Corrupting(oci::content::Fetcher& inner, const oci::Digest& corrupt) : inner_(inner), corrupt_(corrupt) {}
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const Context& context,
                                                         const Descriptor& descriptor) override {
    if (descriptor.digest != corrupt_) return inner_.Fetch(context, descriptor);
    return std::make_unique<oci::io::StringSource>(std::string(static_cast<size_t>(descriptor.size), '\0'));
  }

 private:
  oci::content::Fetcher& inner_;
  const oci::Digest corrupt_;
};

TEST_F(OutputTest, ACorruptLayerIsNamedAndNothingStays) {
  Corrupting corrupt(store_, *large_layer_);
  for (const bool tar : {true, false}) {
    const std::string parent = NewTempDir();
    const request::ExportOptions options{.type = request::ExporterType::kOci, .tar = tar};
    const auto output = NewOutput(options, {.path = parent + "/out"});
    ASSERT_EQ(output.status(), absl::OkStatus());
    const absl::Status status =
        (*output)->Deliver(Context(), {.root = *root_, .names = {}, .content = corrupt}, options).status();
    EXPECT_EQ(ReasonOf(status), Reason::kVerification) << status;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr(absl::StrCat("blob ", large_layer_->ToString(), " has the digest sha256:")));
    EXPECT_THAT(FilesUnder(parent), IsEmpty());
  }
}

class Recorder : public oci::ProgressSink {
 public:
  void Report(const oci::ProgressEvent& event) override {
    const std::lock_guard lock(mutex_);
    events_.push_back(event);
  }
  std::vector<oci::ProgressEvent> events() {
    const std::lock_guard lock(mutex_);
    return events_;
  }

 private:
  std::mutex mutex_;
  std::vector<oci::ProgressEvent> events_;
};

TEST_F(OutputTest, TellsHowFarTheLargeLayerIs) {
  for (const bool tar : {true, false}) {
    Recorder recorder;
    const std::string path = NewTempDir() + "/out";
    ASSERT_EQ(
        Deliver({.type = request::ExporterType::kOci, .tar = tar}, {.path = path}, Context().WithProgress(recorder)),
        absl::OkStatus());
    int64_t last = 0;
    int transferring = 0;
    int done = 0;
    for (const oci::ProgressEvent& event : recorder.events()) {
      EXPECT_EQ(event.target, "oci " + path);
      if (event.item != large_layer_->ToString()) continue;
      EXPECT_EQ(event.total, 6 << 20);
      EXPECT_GE(event.current, last) << "progress goes forward";
      last = event.current;
      transferring += event.state == oci::ProgressEvent::State::kTransferring;
      done += event.state == oci::ProgressEvent::State::kDone;
    }
    EXPECT_EQ(last, 6 << 20);
    EXPECT_GE(transferring, 6);
    EXPECT_EQ(done, 1);
  }
}

}  // namespace
}  // namespace waybill::exporter::output
