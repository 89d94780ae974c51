// SPDX-License-Identifier: Apache-2.0
// A relay between a client and a scripted server, all over real sockets.
#ifndef WAYBILL_EXPORTER_BRIDGE_RELAY_TESTING_RELAY_FIXTURE_H_
#define WAYBILL_EXPORTER_BRIDGE_RELAY_TESTING_RELAY_FIXTURE_H_

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/call_once.h"
#include "absl/synchronization/notification.h"
#include "exporter/bridge/relay/limits.h"
#include "exporter/bridge/relay/relay_call.h"
#include "exporter/bridge/relay/relay_service.h"
#include "exporter/rpc/admission/client_memory.h"

namespace waybill::exporter::bridge::relay::testing {

inline grpc::ByteBuffer Buffer(const std::string& text) {
  const grpc::Slice slice(text);
  return grpc::ByteBuffer(&slice, 1);
}

inline std::string Text(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  EXPECT_TRUE(buffer.DumpToSingleSlice(&slice).ok());
  return std::string(reinterpret_cast<const char*>(slice.begin()), slice.size());
}

// What the server at the far end saw of its first call.
struct Seen {
  absl::once_flag first;
  absl::once_flag first_cancelled;
  absl::Notification started;
  absl::Notification cancelled;
  std::multimap<std::string, std::string> metadata;
  std::chrono::system_clock::time_point deadline;
};

inline constexpr size_t kLarge = 2 << 20;

// Echoes every message. "/t/Fail" ends with an error at the first message, "/t/End" and "/t/Refuse" at once, "/t/Hang"
// and "/t/Silent" never, without reading. "/t/Large" answers with kLarge bytes.
class FarReactor : public grpc::ServerGenericBidiReactor {
 public:
  FarReactor(grpc::GenericCallbackServerContext& context, Seen& seen) : context_(context), seen_(seen) {
    absl::call_once(seen.first, [&] { See(context, seen); });
    context.AddInitialMetadata("x-header", "from-far");
    if (context.method() == "/t/End") {
      Finish(grpc::Status(grpc::StatusCode::NOT_FOUND, "ended early"));
      return;
    }
    if (context.method() == "/t/Refuse") {
      Finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "draining", "details"));
      return;
    }
    if (context.method() == "/t/Hang" || context.method() == "/t/Silent") return;
    StartSendInitialMetadata();
    StartRead(&message_);
  }
  void OnReadDone(bool ok) override {
    context_.AddTrailingMetadata("x-trailer-bin", std::string("\0\xff", 2));
    if (!ok) {
      Finish(grpc::Status::OK);
    } else if (context_.method() == "/t/Fail") {
      Finish(grpc::Status(grpc::StatusCode::UNKNOWN, "failed to solve: \xc3\xa9", std::string(12 << 10, '\x01')));
    } else {
      if (context_.method() == "/t/Large") message_ = Buffer(std::string(kLarge, 'l'));
      StartWrite(&message_);
    }
  }
  void OnWriteDone(bool ok) override {
    if (ok) StartRead(&message_);
  }
  void OnCancel() override {
    if (context_.method() == "/t/Hang") {
      absl::call_once(seen_.first_cancelled, [this] { seen_.cancelled.Notify(); });
      Finish(grpc::Status::CANCELLED);
    } else if (context_.method() == "/t/Silent") {
      Finish(grpc::Status::CANCELLED);
    }
  }
  void OnDone() override { delete this; }

 private:
  static void See(const grpc::GenericCallbackServerContext& context, Seen& seen) {
    for (const auto& [key, value] : context.client_metadata()) {
      seen.metadata.emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
    }
    seen.deadline = context.deadline();
    seen.started.Notify();
  }

  grpc::GenericCallbackServerContext& context_;
  Seen& seen_;
  grpc::ByteBuffer message_;
};

class Server {
 public:
  explicit Server(Route route) : service_(std::move(route)) {
    grpc::ServerBuilder builder;
    SetServerLimits(builder);
    builder.RegisterCallbackGenericService(&service_);
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    server_ = builder.BuildAndStart();
  }
  ~Server() { Stop(); }
  void Stop() { server_->Shutdown(std::chrono::system_clock::now()); }
  std::shared_ptr<grpc::Channel> Dial() const {
    return grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port_), grpc::InsecureChannelCredentials(),
                                     ChannelLimits());
  }

 private:
  RelayService service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// One call of a client, step by step.
class Call {
 public:
  Call(const Server& server, const std::string& method) : stub_(server.Dial()), method_(method) {}
  ~Call() {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  void Start() {
    stream_ = stub_.PrepareCall(&context, method_, &queue_);
    stream_->StartCall(this);
    Next();
  }
  bool Write(const std::string& text) {
    stream_->Write(Buffer(text), this);
    return Next();
  }
  bool HalfClose() {
    stream_->WritesDone(this);
    return Next();
  }
  bool Read(std::string& text) {
    grpc::ByteBuffer message;
    stream_->Read(&message, this);
    if (!Next()) return false;
    text = Text(message);
    return true;
  }
  grpc::Status Finish() {
    grpc::Status status;
    stream_->Finish(&status, this);
    Next();
    return status;
  }
  grpc::ClientContext context;

 private:
  bool Next() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }
  grpc::GenericStub stub_;
  std::string method_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
};

class RelayFixture : public ::testing::Test {
 protected:
  Seen seen_;
  Server far_{[this](grpc::GenericCallbackServerContext& context) -> grpc::ServerGenericBidiReactor* {
    return new FarReactor(context, seen_);
  }};
  std::shared_ptr<grpc::Channel> upstream_ = far_.Dial();
  std::function<std::unique_ptr<Interceptor>()> intercept_ = [] { return nullptr; };
  rpc::admission::ClientMemory* memory_ = nullptr;
  Server relay_{[this](grpc::GenericCallbackServerContext& context) {
    return RelayCall::Start(context, upstream_,
                            {.replaced_metadata = {{"x-replaced", "new"}},
                             .interceptor = intercept_(),
                             .upstream_name = "the far server",
                             .memory = memory_});
  }};
};

}  // namespace waybill::exporter::bridge::relay::testing

#endif  // WAYBILL_EXPORTER_BRIDGE_RELAY_TESTING_RELAY_FIXTURE_H_
