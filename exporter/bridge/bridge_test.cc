// SPDX-License-Identifier: Apache-2.0
// The whole bridge between a client and a daemon of this process: what each of the two sees of a build.
#include "exporter/bridge/bridge.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "exporter/bridge/relay/limits.h"
#include "exporter/bridge/solve/rewriter.h"
#include "exporter/bridge/testing/fake_client.h"
#include "exporter/bridge/testing/fake_content.h"
#include "exporter/bridge/testing/fake_daemon.h"
#include "exporter/bridge/testing/fake_output.h"
#include "exporter/bridge/testing/small_image.h"
#include "exporter/exporter.h"
#include "proto/moby/control.pb.h"
#include "proto/moby/control_service.grpc.pb.h"
#include "proto/moby/exporter.grpc.pb.h"
#include "proto/moby/filesync.grpc.pb.h"

namespace waybill::exporter::bridge {
namespace {

namespace control = moby::buildkit::v1;
using testing::FakeClient;
using testing::FakeDaemon;
using testing::FakeDestination;
using testing::WriteToSession;
using Channel = std::shared_ptr<grpc::Channel>;

// sha256 of "session-1-export-0", under which the daemon reports the first exporter.
constexpr char kVertex[] = "sha256:2c11e54112d0594c502d546c5b14298b9b2795e7875afef628255b0738727487";
// And of "session-1-export-1".
constexpr char kSecondVertex[] = "sha256:f7faa4caf7668e531fb92341df6934a99e4261e28aea5fbc89dbd4df7d88839d";

// Adds an exporter to its builds, where it has one.
class ClientExporters : public moby::exporter::v1::Exporter::Service {
 public:
  std::string type;
  grpc::Status FindExporters(grpc::ServerContext*, const moby::exporter::v1::FindExportersRequest*,
                             moby::exporter::v1::FindExportersResponse* found) override {
    if (!type.empty()) found->add_exporters()->set_type(type);
    return grpc::Status::OK;
  }
  grpc::Status FinalizeExport(grpc::ServerContext*, const moby::exporter::v1::FinalizeExportRequest*,
                              moby::exporter::v1::FinalizeExportResponse*) override {
    ++finalized;
    return grpc::Status::OK;
  }
  std::atomic<int> finalized = 0;
};

class BridgeTest : public ::testing::Test {
 protected:
  BridgeTest() {
    content_.blobs[image_.layer.digest] = image_.layer.bytes;
    int port = 0;
    grpc::ServerBuilder builder;
    relay::SetServerLimits(builder);
    builder.RegisterService(&daemon_);
    builder.RegisterService(&content_);
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    daemon_server_ = builder.BuildAndStart();
    Bridge::Options options;
    options.listen = {*rpc::listen::Address::Parse("tcp://127.0.0.1:0")};
    options.upstream = *rpc::listen::Address::Parse(absl::StrCat("tcp://127.0.0.1:", port));
    options.spool_directory = ::testing::TempDir();
    bridge_ = *Bridge::Start(options, {.outputs = destination_, .clock = clock_});
    channel_ = grpc::CreateCustomChannel(bridge_->addresses()[0].GrpcTarget(), grpc::InsecureChannelCredentials(),
                                         relay::ChannelLimits());
  }
  ~BridgeTest() override {
    client_.reset();
    bridge_.reset();
    daemon_server_->Shutdown(std::chrono::system_clock::now());
    daemon_server_->Wait();
  }

  void OpenSession() {
    client_ =
        std::make_unique<FakeClient>(channel_, std::vector<grpc::Service*>{&auth_, &exporters_}, FakeClient::Options{});
  }
  // Builds, with an image exporter that pushes for each of the names.
  grpc::Status Solve(grpc::ClientContext& context) {
    control::SolveRequest request;
    request.set_ref("ref-1");
    request.set_session("session-1");
    for (const std::string& name : names_) {
      auto& exporter = *request.add_exporters();
      exporter.set_type("image");
      (*exporter.mutable_attrs())["name"] = name;
      (*exporter.mutable_attrs())["push"] = "true";
      for (const auto& [key, value] : more_attributes_) (*exporter.mutable_attrs())[key] = value;
    }
    request.set_enable_session_exporter(adds_exporters_);
    answer_.Clear();
    return control::Control::NewStub(channel_)->Solve(&context, request, &answer_);
  }
  grpc::Status Solve() {
    grpc::ClientContext context;
    return Solve(context);
  }

  // What the daemon does as its exporter: everything into the session, then the hook of those that have it.
  grpc::Status Build(const Channel& session, const control::SolveRequest& request, control::SolveResponse& response) {
    seen_ = request;
    layer_ = WriteToSession(session, "layer", image_.layer.digest, image_.layer.bytes);
    for (const auto& [kind, blob] : {std::pair("config", &image_.config), std::pair("manifest", &image_.manifest)}) {
      const grpc::Status status = WriteToSession(session, kind, blob->digest, blob->bytes);
      if (!status.ok()) return status;
    }
    for (const auto& [key, value] : image_.response) (*response.mutable_exporter_response())[key] = value;
    (*response.mutable_exporter_response())["image.name"] = "host/app:1-normalised";
    if (!finalizes_) return grpc::Status::OK;

    const auto exporters = moby::exporter::v1::Exporter::NewStub(session);
    grpc::ClientContext find;
    moby::exporter::v1::FindExportersResponse found;
    if (const grpc::Status status = exporters->FindExporters(&find, {}, &found); !status.ok()) return status;
    found_ = found;
    moby::exporter::v1::FinalizeExportRequest finalize;
    *finalize.mutable_exporter_response() = response.exporter_response();
    grpc::ClientContext context;
    moby::exporter::v1::FinalizeExportResponse finalized;
    return exporters->FinalizeExport(&context, finalize, &finalized);
  }
  // The exporter's vertex, reported as it begins and until the build has ended.
  grpc::Status Report(FakeDaemon::Rows& rows) {
    solving_.WaitForNotification();
    control::StatusResponse row;
    auto& vertex = *row.add_vertexes();
    vertex.set_digest(kVertex);
    vertex.set_name("exporting to oci image format");
    rows.Write(row);
    built_.WaitForNotification();
    return grpc::Status::OK;
  }

  const testing::SmallImage image_;
  std::vector<std::string> names_ = {"host/app:1"};
  std::map<std::string, std::string> more_attributes_;
  bool adds_exporters_ = false;
  bool finalizes_ = true;
  std::function<grpc::Status(const Channel&, const control::SolveRequest&, control::SolveResponse&)> build_ =
      [this](const Channel& session, const control::SolveRequest& request, control::SolveResponse& response) {
        return Build(session, request, response);
      };
  std::function<grpc::Status(FakeDaemon::Rows&)> report_ = [this](FakeDaemon::Rows& rows) { return Report(rows); };
  control::SolveRequest seen_;                       // by the daemon
  moby::exporter::v1::FindExportersResponse found_;  // by the daemon, of the client and the bridge
  grpc::Status layer_;                               // what it was told of the layer
  absl::Notification solving_;
  absl::Notification built_;
  FakeDaemon daemon_{
      {.solve = [this](const Channel& session, const control::SolveRequest& request,
                       control::SolveResponse& response) { return build_(session, request, response); },
       .status = [this](const control::StatusRequest&, FakeDaemon::Rows& rows) { return report_(rows); }}};
  testing::FakeContent content_;
  moby::filesync::v1::Auth::Service auth_;  // the client's, which has no credentials
  ClientExporters exporters_;               // the client's, which nobody asks unless it wants it
  FakeDestination destination_;
  oci::SystemClock clock_;
  std::unique_ptr<grpc::Server> daemon_server_;
  std::unique_ptr<Bridge> bridge_;
  Channel channel_;
  std::unique_ptr<FakeClient> client_;
  control::SolveResponse answer_;
};

TEST_F(BridgeTest, ABuildIsExportedInsideTheDaemonsOwn) {
  OpenSession();
  const grpc::Status status = Solve();
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(seen_.exporters_size(), 1);
  EXPECT_EQ(seen_.exporters(0).type(), "oci");
  EXPECT_EQ(seen_.exporters(0).attrs().at("tar"), "false");
  EXPECT_EQ(seen_.exporters(0).attrs().count("push"), 0u);
  EXPECT_TRUE(seen_.enable_session_exporter());
  EXPECT_EQ(layer_.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(found_.exporters_size(), 0);
  EXPECT_EQ(exporters_.finalized, 0);
  ASSERT_EQ(destination_.deliveries().size(), 1u);
  EXPECT_EQ(destination_.deliveries()[0].names, std::vector<std::string>{"host/app:1"});
  EXPECT_EQ(destination_.deliveries()[0].root.digest.ToString(), image_.manifest.digest);
  EXPECT_EQ(destination_.deliveries()[0].blobs, 3u);
  EXPECT_EQ(answer_.exporter_response().at("image.name"), "host/app:1");
  EXPECT_EQ(answer_.exporter_response().at("containerimage.digest"), image_.manifest.digest);
  EXPECT_TRUE(client_->Close().ok());
}

TEST_F(BridgeTest, ExportersThatTheClientAddsAreItsOwn) {
  adds_exporters_ = true;
  exporters_.type = "local";
  OpenSession();
  const grpc::Status status = Solve();
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(found_.exporters_size(), 1);
  EXPECT_EQ(found_.exporters(0).type(), "local");
  EXPECT_EQ(exporters_.finalized, 1);
  EXPECT_EQ(destination_.deliveries().size(), 1u);
}

TEST_F(BridgeTest, AnImageExporterThatTheClientAddsIsRefused) {
  adds_exporters_ = true;
  exporters_.type = "image";
  OpenSession();
  const grpc::Status status = Solve();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNKNOWN);
  EXPECT_EQ(
      status.error_message(),
      "the client adds an exporter of type image to its build: through the bridge it has to be part of the request");
  EXPECT_TRUE(destination_.deliveries().empty());
}

TEST_F(BridgeTest, AKeyThatIsNotThereFailsBeforeTheBuild) {
  OpenSession();
  destination_.set_behavior(FakeDestination::Behavior::kRefuse);
  EXPECT_EQ(Solve().error_message(), "no such key");
  EXPECT_TRUE(seen_.ref().empty());
}

TEST_F(BridgeTest, ForADaemonWithoutTheHookAfterIt) {
  finalizes_ = false;
  OpenSession();
  const grpc::Status status = Solve();
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(destination_.deliveries().size(), 1u);
  EXPECT_EQ(answer_.exporter_response().at("image.name"), "host/app:1");
  EXPECT_TRUE(client_->Close().ok());
}

TEST_F(BridgeTest, ACancelledBuildStopsItsExport) {
  destination_.set_behavior(FakeDestination::Behavior::kHang);
  finalizes_ = false;
  OpenSession();
  grpc::ClientContext context;
  std::jthread canceller([&] {
    destination_.hanging().WaitForNotification();
    context.TryCancel();
  });
  EXPECT_EQ(Solve(context).error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(client_->Close().ok());
  // Waits for the export, which nothing but its stop ends.
  bridge_.reset();
}

TEST_F(BridgeTest, AClientThatDiesStopsItsExport) {
  destination_.set_behavior(FakeDestination::Behavior::kHang);
  OpenSession();
  std::jthread killer([&] {
    destination_.hanging().WaitForNotification();
    client_->Kill();
  });
  // The daemon's call over the session is answered before the session ends: UNAVAILABLE, with which it would end
  // otherwise, is "not supported" to a daemon, whose history would then have the build as completed.
  const grpc::Status status = Solve();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNKNOWN);
  EXPECT_EQ(status.error_message(), "the build client's session has ended");
  EXPECT_TRUE(destination_.deliveries().empty());
  daemon_.AwaitNoSession();
}

// A daemon that calls its hook before it learns that its client is gone must not take the build for complete.
TEST_F(BridgeTest, TheHookOfABuildWhoseClientIsGoneFails) {
  OpenSession();
  absl::Notification written, gone, answered;
  grpc::Status hook;
  build_ = [&](const Channel& session, const control::SolveRequest& request, control::SolveResponse& response) {
    finalizes_ = false;
    EXPECT_TRUE(Build(session, request, response).ok());
    written.Notify();
    gone.WaitForNotification();
    grpc::ClientContext context;
    moby::exporter::v1::FinalizeExportRequest finalize;
    *finalize.mutable_exporter_response() = response.exporter_response();
    moby::exporter::v1::FinalizeExportResponse ignored;
    hook = moby::exporter::v1::Exporter::NewStub(session)->FinalizeExport(&context, finalize, &ignored);
    answered.Notify();
    return grpc::Status::OK;
  };
  grpc::ClientContext context;
  std::jthread killer([&] {
    written.WaitForNotification();
    context.TryCancel();
    client_->Kill();
  });
  EXPECT_EQ(Solve(context).error_code(), grpc::StatusCode::CANCELLED);
  killer.join();
  // The bridge has heard of it when it answers what was asked later.
  grpc::ClientContext later;
  control::SolveRequest none;
  none.set_session("session-2");
  none.add_exporters()->set_type("image");
  (*none.mutable_exporters(0)->mutable_attrs())["push"] = "maybe";
  control::SolveResponse ignored;
  EXPECT_FALSE(control::Control::NewStub(channel_)->Solve(&later, none, &ignored).ok());
  gone.Notify();
  answered.WaitForNotification();
  EXPECT_EQ(hook.error_code(), grpc::StatusCode::UNKNOWN);
  EXPECT_EQ(hook.error_message(), "the build client's session has ended");
  EXPECT_TRUE(destination_.deliveries().empty());
}

TEST_F(BridgeTest, ABridgeThatShutsDownLetsBuildsGoOnWithAllTheirCalls) {
  OpenSession();
  std::jthread drain;
  grpc::Status late;
  build_ = [&](const Channel& session, const control::SolveRequest& request, control::SolveResponse& response) {
    drain = std::jthread([&] { bridge_->Drain(absl::InfiniteFuture()); });
    // Until the bridge knows of it, it takes new builds; those with this exporter are refused anyhow.
    do {
      grpc::ClientContext context;
      control::SolveRequest other;
      other.set_session("session-1");
      other.add_exporters()->set_type("image");
      (*other.mutable_exporters(0)->mutable_attrs())["push"] = "maybe";
      control::SolveResponse ignored;
      late = control::Control::NewStub(channel_)->Solve(&context, other, &ignored);
    } while (late.error_code() != grpc::StatusCode::UNAVAILABLE);
    FakeClient newcomer(channel_, {&auth_}, {.session_id = "session-2"});
    EXPECT_EQ(newcomer.Wait().error_message(), "the bridge is shutting down");
    solving_.Notify();
    built_.Notify();
    grpc::ClientContext context;
    control::StatusRequest watch;
    watch.set_ref("ref-1");
    const auto rows = control::Control::NewStub(channel_)->Status(&context, watch);
    control::StatusResponse row;
    EXPECT_TRUE(rows->Read(&row));
    context.TryCancel();
    return Build(session, request, response);
  };
  EXPECT_TRUE(Solve().ok());
  EXPECT_EQ(late.error_message(), "the bridge is shutting down");
  EXPECT_EQ(destination_.deliveries().size(), 1u);
  EXPECT_TRUE(client_->Close().ok());
}

TEST_F(BridgeTest, ADaemonThatDiesIsNamed) {
  OpenSession();
  absl::Notification building;
  build_ = [&](const Channel&, const control::SolveRequest&, control::SolveResponse&) {
    building.Notify();
    built_.WaitForNotification();
    return grpc::Status::OK;
  };
  std::jthread killer([&] {
    building.WaitForNotification();
    std::jthread shutdown([&] { daemon_server_->Shutdown(std::chrono::system_clock::now()); });
    client_->Wait();
    built_.Notify();
  });
  const grpc::Status status = Solve();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message().find("the BuildKit daemon at tcp://127.0.0.1:"), 0u) << status.error_message();
}

// A daemon with the hook, and one without.
class EveryDaemonTest : public BridgeTest, public ::testing::WithParamInterface<bool> {};

TEST_P(EveryDaemonTest, WhoeverWatchesSeesTheExportUntilItsEnd) {
  finalizes_ = GetParam();
  more_attributes_ = {{"insecure", "true"}, {"oci-artefact", "true"}};
  OpenSession();
  absl::Notification watched;
  build_ = [&](const Channel& session, const control::SolveRequest& request, control::SolveResponse& response) {
    solving_.Notify();
    watched.WaitForNotification();
    const grpc::Status status = Build(session, request, response);
    // The daemon's own rows end with its answer. Without the hook all of the export comes after them.
    built_.Notify();
    return status;
  };
  std::vector<control::StatusResponse> rows;
  std::jthread watcher([&] {
    grpc::ClientContext context;
    control::StatusRequest request;
    request.set_ref("ref-1");
    const auto stub = control::Control::NewStub(channel_);
    const auto stream = stub->Status(&context, request);
    for (control::StatusResponse row; stream->Read(&row);) {
      rows.push_back(row);
      if (rows.size() == 1) watched.Notify();
    }
    EXPECT_TRUE(stream->Finish().ok());
  });
  EXPECT_TRUE(Solve().ok());
  watcher.join();

  ASSERT_GE(rows.size(), 3u);
  EXPECT_EQ(rows[0].vertexes(0).name(), "exporting to image (waybill)");
  // Opened again, and closed at the end.
  ASSERT_EQ(rows[1].vertexes_size(), 1);
  EXPECT_EQ(rows[1].vertexes(0).digest(), kVertex);
  EXPECT_FALSE(rows[1].vertexes(0).has_completed());
  ASSERT_EQ(rows.back().vertexes_size(), 1);
  EXPECT_EQ(rows.back().vertexes(0).digest(), kVertex);
  EXPECT_TRUE(rows.back().vertexes(0).has_completed());
  EXPECT_EQ(rows.back().vertexes(0).error(), "");
  std::set<std::string> warnings;
  for (const control::StatusResponse& row : rows) {
    for (const auto& status : row.statuses()) {
      if (status.name().starts_with("warning: ")) warnings.insert(status.name());
    }
  }
  EXPECT_EQ(warnings,
            (std::set<std::string>{
                "warning: insecure is no key of type=image, and nothing reads it; did you mean registry.insecure?",
                "warning: oci-artefact is no key of type=image, and nothing reads it; did you mean oci-artifact?"}));
}

TEST_P(EveryDaemonTest, AFailedExportFailsTheBuildAndTheNextOfTheSessionIsDone) {
  finalizes_ = GetParam();
  OpenSession();
  destination_.set_behavior(FakeDestination::Behavior::kFail);
  const grpc::Status status = Solve();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNKNOWN);
  EXPECT_EQ(status.error_message(), "disk full");
  destination_.set_behavior(FakeDestination::Behavior::kTake);
  EXPECT_TRUE(Solve().ok());
  EXPECT_EQ(destination_.deliveries().size(), 1u);
  EXPECT_TRUE(client_->Close().ok());
}

TEST_P(EveryDaemonTest, SeveralImagesNeedNobodyWhoWatches) {
  finalizes_ = GetParam();
  OpenSession();
  names_ = {"host/app:1", "host/app:2"};
  std::atomic<int> asked = 0;
  report_ = [&asked](FakeDaemon::Rows& rows) {
    ++asked;
    control::StatusResponse row;
    for (const char* digest : {kVertex, kSecondVertex}) {
      auto& vertex = *row.add_vertexes();
      vertex.set_digest(digest);
      vertex.mutable_completed()->set_seconds(1);
    }
    rows.Write(row);
    return grpc::Status::OK;
  };
  build_ = [&](const Channel& session, const control::SolveRequest& request, control::SolveResponse& response) {
    // Each exporter writes its documents.
    for (const auto& [kind, blob] : {std::pair("config", &image_.config), std::pair("manifest", &image_.manifest)}) {
      const grpc::Status status = WriteToSession(session, kind, blob->digest, blob->bytes);
      if (!status.ok()) return status;
    }
    return Build(session, request, response);
  };
  const grpc::Status status = Solve();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(destination_.deliveries().size(), 2u);
  EXPECT_TRUE(client_->Close().ok());
}

INSTANTIATE_TEST_SUITE_P(Hook, EveryDaemonTest, ::testing::Bool());

TEST_F(BridgeTest, ASecondBuildInOneSessionIsRefusedAndTheFirstGoesOn) {
  OpenSession();
  std::optional<grpc::Status> second;
  build_ = [&](const Channel& session, const control::SolveRequest& request, control::SolveResponse& response) {
    grpc::ClientContext context;
    control::SolveRequest again = request;
    again.set_ref("ref-2");
    auto& exporter = *again.mutable_exporters(0);
    exporter.set_type("image");
    exporter.clear_attrs();
    (*exporter.mutable_attrs())["name"] = "host/app:2";
    (*exporter.mutable_attrs())["push"] = "true";
    control::SolveResponse ignored;
    second = control::Control::NewStub(channel_)->Solve(&context, again, &ignored);
    return Build(session, request, response);
  };
  EXPECT_TRUE(Solve().ok());
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(destination_.deliveries().size(), 1u);
}

}  // namespace
}  // namespace waybill::exporter::bridge
