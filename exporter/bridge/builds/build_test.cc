// SPDX-License-Identifier: Apache-2.0
// The export of one build: documents from the session, layers from the daemon, delivery to an output.
#include "exporter/bridge/builds/build.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "exporter/bridge/builds/spool.h"
#include "exporter/bridge/testing/fake_content.h"
#include "exporter/bridge/testing/fake_output.h"
#include "exporter/bridge/testing/small_image.h"
#include "oci/clock.h"
#include "oci/content/store/file_store.h"
#include "oci/digest.h"
#include "oci/io/string.h"

namespace waybill::exporter::bridge::builds {
namespace {

using testing::FakeDestination;

class BuildTest : public ::testing::Test {
 protected:
  BuildTest() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&daemon_);
    server_ = builder.BuildAndStart();
    channel_ = server_->InProcessChannel({});
    daemon_.blobs[image_.layer.digest] = image_.layer.bytes;
  }
  ~BuildTest() override { server_->Shutdown(); }

  // A build with image exporters that push to these names.
  Build MakeBuild(const std::vector<std::string>& names, outputs::BuildOutputs& outputs) {
    moby::buildkit::v1::SolveRequest request;
    request.set_ref("ref");
    request.set_session("session");
    for (const std::string& name : names) {
      auto& exporter = *request.add_exporters();
      exporter.set_type("image");
      (*exporter.mutable_attrs())["name"] = name;
      (*exporter.mutable_attrs())["push"] = "true";
    }
    return Build({.daemon = channel_,
                  .outputs = outputs,
                  .clock = clock_,
                  .spool = spool_,
                  .encoders = encoders_,
                  .daemon_files = daemon_files_.get()},
                 *solve::RewriteSolve(std::move(request)));
  }
  void Write(Build& build, const testing::SmallImage::Blob& blob) {
    const absl::Status status = build.content().documents().Push(
        {},
        {.descriptor = {.digest = *oci::Digest::Parse(blob.digest), .size = static_cast<int64_t>(blob.bytes.size())},
         .source = std::make_unique<oci::io::StringSource>(blob.bytes)});
    ASSERT_TRUE(status.ok()) << status;
  }

  SpoolSpace spool_{::testing::TempDir(), 0};
  layers::Encoders encoders_;
  std::unique_ptr<oci::content::store::FileStore> daemon_files_;
  const testing::SmallImage image_;
  testing::FakeContent daemon_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  FakeDestination destination_;
  oci::SystemClock clock_;
};

TEST_F(BuildTest, DocumentsComeFromTheSessionAndLayersFromTheDaemon) {
  Build build = MakeBuild({"host/app:1,host/app:2"}, destination_);
  Write(build, image_.config);
  Write(build, image_.manifest);
  EXPECT_FALSE(build.exported().has_value());
  const absl::Status status = build.Export({}, channel_, image_.response);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_TRUE(build.exported()->ok());

  ASSERT_EQ(destination_.deliveries().size(), 1u);
  const FakeDestination::Delivery delivery = destination_.deliveries()[0];
  EXPECT_EQ(delivery.root.digest.ToString(), image_.manifest.digest);
  EXPECT_EQ(delivery.blobs, 3u);
  EXPECT_EQ(delivery.names, (std::vector<std::string>{"host/app:1", "host/app:2"}));
  // The oci exporter's annotation is none of an image exporter's.
  EXPECT_TRUE(delivery.root.annotations.empty());

  solve::Response response = image_.response;
  response["image.name"] = "docker.io/normalised:latest";
  build.PatchResponse(response);
  EXPECT_EQ(response["image.name"], "host/app:1,host/app:2");
  EXPECT_EQ(response["containerimage.digest"], image_.manifest.digest);
  std::string descriptor;
  ASSERT_TRUE(absl::Base64Unescape(response["containerimage.descriptor"], &descriptor));
  EXPECT_EQ(descriptor.find("annotations"), std::string::npos) << descriptor;
  EXPECT_EQ(response["containerimage.config.digest"], image_.config.digest);
}

TEST_F(BuildTest, LayersComeFromTheDaemonsFilesWhereTheyCanBeRead) {
  const oci::Descriptor layer{.digest = *oci::Digest::Parse(image_.layer.digest),
                              .size = static_cast<int64_t>(image_.layer.bytes.size())};
  for (const bool in_files : {true, false}) {
    const std::string root = absl::StrCat(::testing::TempDir(), "/daemon-files-", in_files);
    daemon_files_ = std::make_unique<oci::content::store::FileStore>(root, oci::content::store::FileStore::Options());
    if (in_files) {
      ASSERT_TRUE(
          daemon_files_
              ->Push({}, {.descriptor = layer, .source = std::make_unique<oci::io::StringSource>(image_.layer.bytes)})
              .ok());
      daemon_.blobs.clear();
    } else {
      daemon_.blobs[image_.layer.digest] = image_.layer.bytes;
    }
    Build build = MakeBuild({"host/app"}, destination_);
    EXPECT_TRUE(build.content().HasLayer({}, layer));
    Write(build, image_.config);
    Write(build, image_.manifest);
    const absl::Status status = build.Export({}, channel_, image_.response);
    EXPECT_TRUE(status.ok()) << status;
  }
  EXPECT_EQ(destination_.deliveries().size(), 2u);
}

TEST_F(BuildTest, ABlobThatIsNowhereIsNamed) {
  daemon_.blobs.clear();
  Build build = MakeBuild({"host/app"}, destination_);
  Write(build, image_.config);
  Write(build, image_.manifest);
  const absl::Status status = build.Export({}, channel_, image_.response);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(std::string(status.message()).find(image_.layer.digest), std::string::npos) << status;
  EXPECT_EQ(*build.exported(), status);
  EXPECT_TRUE(destination_.deliveries().empty());
}

TEST_F(BuildTest, ADaemonThatIsGoneFailsTheExport) {
  channel_ = grpc::CreateChannel("unix:/nowhere/buildkitd.sock", grpc::InsecureChannelCredentials());
  Build build = MakeBuild({"host/app"}, destination_);
  Write(build, image_.config);
  Write(build, image_.manifest);
  const absl::Status status = build.Export({}, channel_, image_.response);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_TRUE(destination_.deliveries().empty());
}

TEST_F(BuildTest, ExportsToTheSameRegistriesShareALane) {
  EXPECT_EQ(MakeBuild({"host.io/app:1,other:5000/app", "host.io/app:2"}, destination_).lane(), "host.io, other:5000");
  EXPECT_EQ(MakeBuild({"other:5000/x,host.io/y"}, destination_).lane(), "host.io, other:5000");
  EXPECT_EQ(MakeBuild({"app"}, destination_).lane(), "docker.io");
  // Only the build tells.
  EXPECT_EQ(MakeBuild({"*"}, destination_).lane(), "session");
}

TEST_F(BuildTest, TheFirstFailureEndsTheExport) {
  destination_.set_behavior(FakeDestination::Behavior::kFail);
  Build build = MakeBuild({"host/app"}, destination_);
  Write(build, image_.config);
  Write(build, image_.manifest);
  const absl::Status status = build.Export({}, channel_, image_.response);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(), "disk full");
  EXPECT_EQ(*build.exported(), status);
}

TEST_F(BuildTest, AnOutputThatCannotBeMadeFailsTheExport) {
  destination_.set_behavior(FakeDestination::Behavior::kNowhere);
  Build build = MakeBuild({"host/app"}, destination_);
  Write(build, image_.manifest);
  EXPECT_EQ(build.Export({}, channel_, image_.response).message(), "no such place");
}

TEST_F(BuildTest, AnAnswerWithoutAnImageIsRefused) {
  Build build = MakeBuild({"host/app"}, destination_);
  const absl::Status status = build.Export({}, channel_, {});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "the daemon's answer has no readable containerimage.descriptor");
}

TEST_F(BuildTest, WithoutItsClientNothingIsExported) {
  Build build = MakeBuild({"host/app"}, destination_);
  Write(build, image_.config);
  Write(build, image_.manifest);
  const absl::Status status = build.Export({}, nullptr, image_.response);
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(status.message(), "the build client's session has ended");
  EXPECT_EQ(*build.exported(), status);
  EXPECT_TRUE(destination_.deliveries().empty());
}

TEST_F(BuildTest, AStopReachesTheOutput) {
  destination_.set_behavior(FakeDestination::Behavior::kHang);
  Build build = MakeBuild({"host/app"}, destination_);
  Write(build, image_.config);
  Write(build, image_.manifest);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(build.Export(oci::Context().WithStop(stop.get_token()), channel_, image_.response).code(),
            absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace waybill::exporter::bridge::builds
