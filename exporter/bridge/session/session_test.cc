// SPDX-License-Identifier: Apache-2.0
// Sessions between a client and a daemon that join their streams with sockets in a way of their own.
#include "exporter/bridge/session/session.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "exporter/bridge/relay/limits.h"
#include "exporter/bridge/relay/relay_service.h"
#include "exporter/bridge/session/poller.h"
#include "exporter/bridge/session/session_table.h"
#include "exporter/bridge/testing/fake_client.h"
#include "exporter/bridge/testing/fake_daemon.h"
#include "exporter/rpc/raw_call.h"
#include "proto/moby/exporter.grpc.pb.h"
#include "proto/moby/filesync.grpc.pb.h"

namespace waybill::exporter::bridge::session {
namespace {

namespace filesync = moby::filesync::v1;
using testing::FakeClient;
using testing::FakeDaemon;

// A service of the client's that echoes, and one that waits for the caller to go.
class ClientFiles : public filesync::FileSend::Service {
 public:
  grpc::Status DiffCopy(grpc::ServerContext* context,
                        grpc::ServerReaderWriter<filesync::BytesMessage, filesync::BytesMessage>* stream) override {
    const auto& metadata = context->client_metadata();
    if (metadata.contains("hang")) {
      stream->SendInitialMetadata();
      hanging.Notify();
      filesync::BytesMessage none;
      while (stream->Read(&none)) {
      }
      return context->IsCancelled() ? grpc::Status::CANCELLED : grpc::Status::OK;
    }
    const auto [begin, end] = metadata.equal_range("followpaths");
    for (auto it = begin; it != end; ++it) {
      context->AddInitialMetadata("seen", std::string(it->second.data(), it->second.size()));
    }
    context->AddTrailingMetadata("trailer", "last");
    filesync::BytesMessage message;
    while (stream->Read(&message)) stream->Write(message);
    return {grpc::StatusCode::NOT_FOUND, "as the client said"};
  }
  absl::Notification hanging;
};

// What the client would say itself to a call that the bridge answers.
class ClientExporter : public moby::exporter::v1::Exporter::Service {
 public:
  grpc::Status FinalizeExport(grpc::ServerContext*, const moby::exporter::v1::FinalizeExportRequest*,
                              moby::exporter::v1::FinalizeExportResponse*) override {
    return {grpc::StatusCode::UNKNOWN, "the client's"};
  }
};

class SessionTest : public ::testing::Test, public SessionHooks {
 protected:
  SessionTest() {
    daemon_server_ = Serve([this](grpc::ServerBuilder& builder) { builder.RegisterService(&daemon_); });
    upstream_ = daemon_server_->InProcessChannel(relay::ChannelLimits());
    bridge_ = Serve([this](grpc::ServerBuilder& builder) { builder.RegisterCallbackGenericService(&service_); });
  }
  ~SessionTest() override {
    client_.reset();
    for (auto& server : {bridge_.get(), daemon_server_.get()}) {
      server->Shutdown(std::chrono::system_clock::now());
      server->Wait();
    }
  }

  template <typename Register>
  static std::unique_ptr<grpc::Server> Serve(Register add) {
    grpc::ServerBuilder builder;
    relay::SetServerLimits(builder);
    add(builder);
    return builder.BuildAndStart();
  }
  // A client, connected.
  FakeClient& Connect(const FakeClient::Options& options = {}) {
    client_ = std::make_unique<FakeClient>(bridge_->InProcessChannel(relay::ChannelLimits()),
                                           std::vector<grpc::Service*>{&files_, &exporter_}, options);
    return *client_;
  }

  grpc::ServerGenericBidiReactor* Open(grpc::GenericCallbackServerContext& context) {
    absl::StatusOr<std::unique_ptr<Session>> session =
        Session::Open(context, {.poller = *poller_, .hooks = *this, .upstream = upstream_, .grace = grace_});
    return table_.Add(*std::move(session)).Start();
  }
  grpc::ServerGenericBidiReactor* Answer(const std::string& id, TunnelHold tunnel,
                                         grpc::GenericCallbackServerContext& call) override {
    if (id != "session-1" || call.method() != own_method_) return nullptr;
    return new rpc::RawUnaryCall(call,
                                 [this, tunnel = std::move(tunnel)](rpc::RawUnaryCall& own, const grpc::ByteBuffer&) {
                                   if (!answer_late_)
                                     return own.Fail(grpc::Status(grpc::StatusCode::UNKNOWN, "the bridge's"));
                                   own_call_ = &own;
                                   asked_.Notify();
                                 });
  }
  void ClientEnded(const std::string&, TunnelHold) override { client_ended_.Notify(); }
  void Ended(Session& session) override {
    table_.Retire(session);
    ended_.Notify();
  }

  // Sends `bytes` to the client over the session, in messages of 1 MiB, and returns what comes back.
  static std::string Echo(const std::shared_ptr<grpc::Channel>& session, const std::string& bytes) {
    grpc::ClientContext context;
    const auto stub = filesync::FileSend::NewStub(session);
    const auto stream = stub->DiffCopy(&context);
    std::string back;
    filesync::BytesMessage message;
    for (size_t at = 0; at < bytes.size(); at += 1 << 20) {
      message.set_data(bytes.substr(at, 1 << 20));
      if (!stream->Write(message) || !stream->Read(&message)) break;
      back += message.data();
    }
    stream->WritesDone();
    EXPECT_FALSE(stream->Read(&message));
    EXPECT_EQ(stream->Finish().error_message(), "as the client said");
    return back;
  }

  std::string own_method_ = "/moby.exporter.v1.Exporter/FinalizeExport";
  absl::Duration grace_ = absl::InfiniteDuration();
  bool answer_late_ = false;
  rpc::RawUnaryCall* own_call_ = nullptr;  // to be answered late
  absl::Notification asked_;
  absl::Notification client_ended_;
  absl::Notification ended_;
  FakeDaemon daemon_;
  ClientFiles files_;
  ClientExporter exporter_;
  std::unique_ptr<grpc::Server> daemon_server_;
  std::shared_ptr<grpc::ChannelInterface> upstream_;
  std::unique_ptr<Poller> poller_ = *Poller::New();
  SessionTable table_;
  relay::RelayService service_{[this](grpc::GenericCallbackServerContext& call) { return Open(call); }};
  std::unique_ptr<grpc::Server> bridge_;
  std::unique_ptr<FakeClient> client_;
};

std::vector<std::string> ValuesOf(const std::multimap<std::string, std::string>& metadata, const std::string& key) {
  std::vector<std::string> values;
  for (auto [it, end] = metadata.equal_range(key); it != end; ++it) values.push_back(it->second);
  return values;
}

TEST_F(SessionTest, TheDaemonLearnsWhatTheClientAndTheBridgeAnswer) {
  Connect({.methods = {"/moby.filesync.v1.FileSend/DiffCopy", "/moby.filesync.v1.Auth/Credentials"}});
  daemon_.AwaitSession("session-1");
  std::vector<std::string> methods = ValuesOf(daemon_.session_metadata(), "x-docker-expose-session-grpc-method");
  std::sort(methods.begin(), methods.end());
  EXPECT_EQ(methods, (std::vector<std::string>{
                         "/containerd.services.content.v1.Content/Write", "/moby.exporter.v1.Exporter/FinalizeExport",
                         "/moby.exporter.v1.Exporter/FindExporters", "/moby.filesync.v1.Auth/Credentials",
                         "/moby.filesync.v1.FileSend/DiffCopy"}));
}

TEST_F(SessionTest, CallsReachTheClientWithAllThatBelongsToThem) {
  Connect();
  grpc::ClientContext context;
  context.AddMetadata("followpaths", "a");
  context.AddMetadata("followpaths", "b");
  const auto stub = filesync::FileSend::NewStub(daemon_.AwaitSession("session-1"));
  const auto stream = stub->DiffCopy(&context);
  filesync::BytesMessage message;
  message.set_data("to the client");
  ASSERT_TRUE(stream->Write(message));
  ASSERT_TRUE(stream->Read(&message));
  EXPECT_EQ(message.data(), "to the client");
  stream->WritesDone();
  EXPECT_FALSE(stream->Read(&message));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "as the client said");
  EXPECT_EQ(context.GetServerInitialMetadata().count("seen"), 2u);
  EXPECT_EQ(context.GetServerTrailingMetadata().count("trailer"), 1u);
}

TEST_F(SessionTest, OwnCallsAreAnsweredHereAndAllOthersByTheClient) {
  Connect();
  const auto stub = moby::exporter::v1::Exporter::NewStub(daemon_.AwaitSession("session-1"));
  moby::exporter::v1::FinalizeExportResponse response;
  grpc::ClientContext own;
  EXPECT_EQ(stub->FinalizeExport(&own, {}, &response).error_message(), "the bridge's");
  own_method_ = "none";
  grpc::ClientContext others;
  EXPECT_EQ(stub->FinalizeExport(&others, {}, &response).error_message(), "the client's");
}

// Tells what the daemon got for a call that ran while its client was killed.
class KilledClientTest : public SessionTest {
 protected:
  grpc::Status FinalizeUnderAKilledClient(const std::function<void()>& then) {
    answer_late_ = true;
    FakeClient& client = Connect();
    const auto stub = moby::exporter::v1::Exporter::NewStub(daemon_.AwaitSession("session-1"));
    std::jthread killer([&] {
      asked_.WaitForNotification();
      client.Kill();
      client_ended_.WaitForNotification();
      then();
    });
    moby::exporter::v1::FinalizeExportResponse response;
    grpc::ClientContext context;
    return stub->FinalizeExport(&context, {}, &response);
  }
};

TEST_F(KilledClientTest, ACallThatHoldsTheTunnelIsAnswered) {
  const grpc::Status status = FinalizeUnderAKilledClient(
      [this] { own_call_->Fail(grpc::Status(grpc::StatusCode::UNKNOWN, "the client is gone")); });
  EXPECT_EQ(status.error_message(), "the client is gone");
  daemon_.AwaitNoSession();
  ended_.WaitForNotification();
}

TEST_F(KilledClientTest, ButNotForever) {
  grace_ = absl::ZeroDuration();
  const grpc::Status status = FinalizeUnderAKilledClient([this] {
    daemon_.AwaitNoSession();
    own_call_->Fail(grpc::Status(grpc::StatusCode::UNKNOWN, "too late"));
  });
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
  ended_.WaitForNotification();
}

TEST_F(SessionTest, ALargeStreamIsRightBothWays) {
  Connect();
  std::string bytes(20 << 20, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 2654435761u >> 13);
  EXPECT_TRUE(Echo(daemon_.AwaitSession("session-1"), bytes) == bytes);
}

TEST_F(SessionTest, TheBordersOfTheStreamsMessagesMeanNothing) {
  Connect({.piece = 7});
  EXPECT_EQ(Echo(daemon_.AwaitSession("session-1"), std::string(10000, 'x')), std::string(10000, 'x'));
}

TEST_F(SessionTest, TheClientsCloseEndsTheDaemonsStreamAndThenItsOwn) {
  FakeClient& client = Connect();
  Echo(daemon_.AwaitSession("session-1"), "once");
  const grpc::Status status = client.Close();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(client.context().GetServerInitialMetadata().count("x-daemon"), 1u);
  daemon_.AwaitNoSession();
  ended_.WaitForNotification();
}

TEST_F(SessionTest, AKilledClientEndsTheDaemonsStreamAndItsCalls) {
  FakeClient& client = Connect();
  grpc::ClientContext context;
  context.AddMetadata("hang", "");
  const auto stub = filesync::FileSend::NewStub(daemon_.AwaitSession("session-1"));
  const auto stream = stub->DiffCopy(&context);
  files_.hanging.WaitForNotification();
  EXPECT_EQ(client.Kill().error_code(), grpc::StatusCode::CANCELLED);
  filesync::BytesMessage none;
  EXPECT_FALSE(stream->Read(&none));
  EXPECT_FALSE(stream->Finish().ok());
  daemon_.AwaitNoSession();
  ended_.WaitForNotification();
}

TEST_F(SessionTest, AKilledDaemonEndsTheClientsStreamAndTheCallsToIt) {
  FakeClient& client = Connect();
  grpc::ClientContext context;
  context.AddMetadata("hang", "");
  const auto stub = filesync::FileSend::NewStub(daemon_.AwaitSession("session-1"));
  const auto stream = stub->DiffCopy(&context);
  files_.hanging.WaitForNotification();
  daemon_server_->Shutdown(std::chrono::system_clock::now());
  EXPECT_FALSE(client.Wait().ok());
  ended_.WaitForNotification();
  filesync::BytesMessage none;
  EXPECT_FALSE(stream->Read(&none));
  EXPECT_FALSE(stream->Finish().ok());
}

TEST_F(SessionTest, WithoutADaemonTheClientLearnsSo) {
  upstream_ = grpc::CreateCustomChannel("unix:/nowhere/buildkitd.sock", grpc::InsecureChannelCredentials(),
                                        relay::ChannelLimits());
  EXPECT_EQ(Connect().Wait().error_code(), grpc::StatusCode::UNAVAILABLE);
  ended_.WaitForNotification();
}

TEST_F(SessionTest, TheTableKnowsTheWayToRunningClientsOnly) {
  EXPECT_EQ(table_.Client("session-1"), nullptr);
  FakeClient& client = Connect();
  daemon_.AwaitSession("session-1");
  const std::shared_ptr<grpc::Channel> channel = table_.Client("session-1");
  ASSERT_NE(channel, nullptr);
  EXPECT_EQ(Echo(channel, "past the daemon"), "past the daemon");
  client.Close();
  ended_.WaitForNotification();
  EXPECT_EQ(table_.Client("session-1"), nullptr);
  grpc::ClientContext context;
  moby::exporter::v1::FinalizeExportResponse response;
  EXPECT_EQ(moby::exporter::v1::Exporter::NewStub(channel)->FinalizeExport(&context, {}, &response).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace waybill::exporter::bridge::session
