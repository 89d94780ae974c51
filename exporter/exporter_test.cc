// SPDX-License-Identifier: Apache-2.0
// What holds around the documents, which tools/golden compares: order, failure, cancellation, progress.
#include "exporter/exporter.h"

#include <mutex>
#include <stop_token>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/progress.h"
#include "oci/testing/recorded_facts.h"

namespace waybill::exporter {
namespace {

using oci::Context;
using oci::ProgressEvent;
using oci::Reason;
using oci::ReasonOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// Remembers what it was given; reads everything that the root reaches.
class RecordingOutput : public Output {
 public:
  absl::StatusOr<answers::Delivery> Deliver(const Context& context, const Image& image,
                                            const request::ExportOptions&) override {
    ++deliveries;
    names = image.names;
    root = image.root;
    if (!result.ok()) return result;
    if (const absl::Status status = Walk(context, image.content, image.root); !status.ok()) return status;
    return delivery;
  }

  absl::Status Walk(const Context& context, oci::content::Fetcher& content, const oci::Descriptor& descriptor) {
    const absl::StatusOr<std::string> bytes = oci::content::VerifiedBytes(context, content, descriptor, 1 << 20);
    if (!bytes.ok()) return bytes.status();
    media_types.push_back(descriptor.media_type);
    const absl::StatusOr<std::vector<oci::Descriptor>> next = oci::image::Successors(descriptor.media_type, *bytes);
    if (!next.ok()) return next.status();
    for (const oci::Descriptor& child : *next) {
      if (const absl::Status status = Walk(context, content, child); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status result;
  answers::Delivery delivery;
  int deliveries = 0;
  std::vector<std::string> names;
  std::optional<oci::Descriptor> root;
  std::vector<std::string> media_types;
};

class RecordingProgress : public oci::ProgressSink {
 public:
  void Report(const ProgressEvent& event) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    lines_.push_back(absl::StrCat(event.item, event.detail, " ", static_cast<int>(event.state)));
  }
  std::vector<std::string> lines() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

// A store that takes a number of documents and then is full.
class FillingStore : public oci::content::store::MemoryStore {
 public:
  explicit FillingStore(int room) : room_(room) {}
  absl::Status Push(const Context& context, oci::content::Blob blob) override {
    if (room_-- <= 0) return oci::StorageError("no space left on device");
    return MemoryStore::Push(context, std::move(blob));
  }

 private:
  int room_;
};

class ExporterTest : public ::testing::Test {
 protected:
  ExporterTest() {
    result_.refs[""].layers.push_back(
        {.blob = {.media_type = std::string(oci::image::kOciLayer), .digest = source_.Add("layer"), .size = 5},
         .diff_id = oci::Digest::Of("layer")});
    result_.metadata["containerimage.config"] = R"({"os":"linux","architecture":"amd64"})";
  }
  void Attest() {
    result_.attestations["linux/amd64"] = {{.path = "/p.json",
                                            .predicate_type = "https://example.com/p",
                                            .content = oci::Descriptor{.digest = source_.Add("{}"), .size = 2}}};
  }
  absl::StatusOr<Report> Export(const Context& context = {}) { return Export(context, staging_); }
  absl::StatusOr<Report> Export(const Context& context, oci::content::Store& staging) {
    const Exporter exporter({.now = [] { return absl::FromUnixSeconds(1); },
                             .version = "v0",
                             .host = {.architecture = "amd64", .os = "linux"},
                             .scratch_directory = ::testing::TempDir()});
    return exporter.Export(context, result_, options_, source_, staging, output_);
  }

  oci::content::store::MemoryStore source_;
  oci::content::store::MemoryStore staging_;
  RecordingOutput output_;
  request::BuildResult result_;
  request::ExportOptions options_{.name = "app"};
};

TEST_F(ExporterTest, TellsTheObserverOfItsStages) {
  oci::testing::RecordedFacts facts;
  ASSERT_TRUE(Export(Context().WithObserver(&facts)).ok());
  EXPECT_THAT(facts.stages(), ElementsAre(oci::Stage::kLayers, oci::Stage::kAssemble, oci::Stage::kDeliver));
}

TEST_F(ExporterTest, DeliversEverythingThatTheRootReaches) {
  Attest();
  const absl::StatusOr<Report> report = Export();
  ASSERT_EQ(report.status(), absl::OkStatus());
  EXPECT_THAT(output_.media_types,
              ElementsAre(oci::image::kOciIndex, oci::image::kOciManifest, oci::image::kOciConfig,
                          oci::image::kOciLayer, oci::image::kOciManifest, oci::image::kOciEmpty, oci::image::kInToto));
  EXPECT_THAT(output_.names, ElementsAre("docker.io/library/app:latest"));
  EXPECT_EQ(output_.root, report->root);
  EXPECT_EQ(report->root->annotations.at("org.opencontainers.image.created"), "1970-01-01T00:00:01Z");
  EXPECT_EQ(report->response.at("containerimage.digest"), report->root->digest.ToString());
  EXPECT_EQ(report->response.count("containerimage.config.digest"), 0U);
}

// A registry may have got another image than the one that was asked for.
TEST_F(ExporterTest, ReportsWhatWasDelivered) {
  const oci::Descriptor other{
      .media_type = std::string(oci::image::kOciIndex), .digest = oci::Digest::Of("other"), .size = 5};
  output_.delivery.pushed = {{.name = "docker.io/library/app:latest", .root = other}};
  const absl::StatusOr<Report> report = Export();
  ASSERT_EQ(report.status(), absl::OkStatus());
  EXPECT_EQ(report->root, other);
  EXPECT_EQ(report->response.at("containerimage.digest"), other.digest.ToString());
  EXPECT_EQ(report->response.count("waybill.pushed"), 1U);
}

TEST_F(ExporterTest, OnlyDocumentsAreStaged) {
  ASSERT_EQ(Export().status(), absl::OkStatus());
  EXPECT_EQ(staging_.blob_count(), 2U) << "config and manifest";
}

TEST_F(ExporterTest, NothingIsDeliveredWhenPlanningFails) {
  options_.name = "UPPER";
  const absl::Status status = Export().status();
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
  EXPECT_EQ(output_.deliveries, 0);
  EXPECT_EQ(staging_.blob_count(), 0U);
}

TEST_F(ExporterTest, AFullStagingStoreEndsTheExport) {
  Attest();
  // config, manifest, empty config, attestation manifest, index
  for (int room = 0; room < 5; ++room) {
    FillingStore staging(room);
    const absl::Status status = Export(Context(), staging).status();
    EXPECT_EQ(ReasonOf(status), Reason::kStorage) << room;
    EXPECT_THAT(std::string(status.message()), HasSubstr("no space left on device"));
    EXPECT_EQ(output_.deliveries, 0) << room;
  }
  FillingStore enough(5);
  EXPECT_EQ(Export(Context(), enough).status(), absl::OkStatus());
}

TEST_F(ExporterTest, AFailedDeliveryIsTheExportsFailure) {
  output_.result = oci::StorageError("disk full");
  const absl::Status status = Export().status();
  EXPECT_EQ(ReasonOf(status), Reason::kStorage);
  EXPECT_EQ(status.message(), "disk full");
}

TEST_F(ExporterTest, AMissingLayerIsNamed) {
  result_.refs[""].layers[0].blob.digest = oci::Digest::Of("gone");
  const absl::Status status = Export().status();
  EXPECT_EQ(ReasonOf(status), Reason::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr(oci::Digest::Of("gone").ToString()));
}

TEST_F(ExporterTest, FailuresOfOnePlatformNameIt) {
  Attest();
  result_.attestations["linux/amd64"][0].path.clear();
  EXPECT_EQ(Export().status().message(), "platform linux/amd64: attestation does not have set path");
}

TEST_F(ExporterTest, ManifestsThatNobodyWouldReadAreNamed) {
  Attest();
  const std::string large(17 << 20, 'a');
  result_.annotations[""].manifest["k"] = large;
  absl::Status status = Export().status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput);
  EXPECT_THAT(std::string(status.message()), StartsWith("platform linux/amd64: a manifest has 178"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("at most 16777216 are allowed"));
  result_.annotations[""] = {.index = {{"k", large}}};
  status = Export().status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput);
  EXPECT_THAT(std::string(status.message()), StartsWith("the index has 178"));
  EXPECT_THAT(output_.media_types, IsEmpty());
}

TEST_F(ExporterTest, ACancelledExportDoesNothing) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(ReasonOf(Export(Context().WithStop(stop.get_token())).status()), Reason::kInterrupted);
  EXPECT_EQ(staging_.blob_count(), 0U);
  EXPECT_EQ(output_.deliveries, 0);
}

TEST_F(ExporterTest, ReportsWarningsAndProgress) {
  result_.refs[""].layers[0].blob.media_type = "text/x";
  RecordingProgress progress;
  ASSERT_EQ(Export(Context().WithProgress(progress)).status(), absl::OkStatus());
  EXPECT_THAT(
      progress.lines(),
      ElementsAre(absl::StrCat("unknown layer media type text/x ", static_cast<int>(ProgressEvent::State::kWarning)),
                  absl::StrCat("assembling ", static_cast<int>(ProgressEvent::State::kStarted)),
                  absl::StrCat("assembling ", static_cast<int>(ProgressEvent::State::kDone))));
}

}  // namespace
}  // namespace waybill::exporter
