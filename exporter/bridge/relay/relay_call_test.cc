// SPDX-License-Identifier: Apache-2.0
// A relay between a client and a scripted server, all over real sockets.
#include "exporter/bridge/relay/relay_call.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/synchronization/notification.h"
#include "exporter/bridge/relay/limits.h"
#include "exporter/bridge/relay/relay_service.h"

namespace waybill::exporter::bridge::relay {
namespace {

grpc::ByteBuffer Buffer(const std::string& text) {
  const grpc::Slice slice(text);
  return grpc::ByteBuffer(&slice, 1);
}

std::string Text(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  EXPECT_TRUE(buffer.DumpToSingleSlice(&slice).ok());
  return std::string(reinterpret_cast<const char*>(slice.begin()), slice.size());
}

// What the server at the far end saw.
struct Seen {
  absl::Notification cancelled;
  absl::Notification started;
  std::multimap<std::string, std::string> metadata;
  std::chrono::system_clock::time_point deadline;
};

constexpr size_t kLarge = 2 << 20;

// Echoes every message. "/t/Fail" ends with an error at the first message, "/t/End" and "/t/Refuse" at once, "/t/Hang"
// and "/t/Silent" never, without reading. "/t/Large" answers with kLarge bytes.
class FarReactor : public grpc::ServerGenericBidiReactor {
 public:
  FarReactor(grpc::GenericCallbackServerContext& context, Seen& seen) : context_(context), seen_(seen) {
    for (const auto& [key, value] : context.client_metadata()) {
      seen.metadata.emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
    }
    seen.deadline = context.deadline();
    seen.started.Notify();
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
      seen_.cancelled.Notify();
      Finish(grpc::Status::CANCELLED);
    } else if (context_.method() == "/t/Silent") {
      Finish(grpc::Status::CANCELLED);
    }
  }
  void OnDone() override { delete this; }

 private:
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

class RelayCallTest : public testing::Test {
 protected:
  Seen seen_;
  Server far_{[this](grpc::GenericCallbackServerContext& context) -> grpc::ServerGenericBidiReactor* {
    return new FarReactor(context, seen_);
  }};
  std::shared_ptr<grpc::Channel> upstream_ = far_.Dial();
  std::function<std::unique_ptr<Interceptor>()> intercept_ = [] { return nullptr; };
  rpc::ClientMemory* memory_ = nullptr;
  Server relay_{[this](grpc::GenericCallbackServerContext& context) {
    return RelayCall::Start(context, upstream_,
                            {.replaced_metadata = {{"x-replaced", "new"}},
                             .interceptor = intercept_(),
                             .upstream_name = "the far server",
                             .memory = memory_});
  }};
};

TEST_F(RelayCallTest, MessagesPassInOrderBothWays) {
  Call call(relay_, "/t/Echo");
  call.context.AddMetadata("dir-name", "context");
  call.context.AddMetadata("followpaths", "b");
  call.context.AddMetadata("followpaths", "a");
  call.context.AddMetadata("x-replaced", "old");
  call.context.AddMetadata("raw-bin", std::string("\0\x80", 2));
  call.Start();
  for (int i = 0; i < 100; ++i) {
    std::string back;
    ASSERT_TRUE(call.Write("message " + std::to_string(i)));
    ASSERT_TRUE(call.Read(back));
    EXPECT_EQ(back, "message " + std::to_string(i));
  }
  ASSERT_TRUE(call.HalfClose());
  std::string none;
  EXPECT_FALSE(call.Read(none));
  EXPECT_TRUE(call.Finish().ok());

  const auto values = [&](const std::string& key) {
    std::vector<std::string> found;
    for (auto [it, end] = seen_.metadata.equal_range(key); it != end; ++it) found.push_back(it->second);
    return found;
  };
  EXPECT_EQ(values("dir-name"), std::vector<std::string>{"context"});
  EXPECT_EQ(values("followpaths"), (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(values("x-replaced"), std::vector<std::string>{"new"});
  EXPECT_EQ(values("raw-bin"), std::vector<std::string>{std::string("\0\x80", 2)});
  EXPECT_EQ(seen_.deadline, std::chrono::system_clock::time_point::max());
  EXPECT_EQ(call.context.GetServerInitialMetadata().count("x-header"), 1u);
  const auto trailer = call.context.GetServerTrailingMetadata().find("x-trailer-bin");
  ASSERT_NE(trailer, call.context.GetServerTrailingMetadata().end());
  EXPECT_EQ(std::string(trailer->second.data(), trailer->second.size()), std::string("\0\xff", 2));
}

TEST_F(RelayCallTest, SixteenMiBMessage) {
  Call call(relay_, "/t/Echo");
  call.Start();
  std::string back;
  const std::string big(16 << 20, 'x');
  ASSERT_TRUE(call.Write(big));
  ASSERT_TRUE(call.Read(back));
  EXPECT_TRUE(back == big);
  ASSERT_TRUE(call.HalfClose());
  EXPECT_TRUE(call.Finish().ok());
}

TEST_F(RelayCallTest, AMessageThatNobodyTakesIsRefused) {
  Call call(relay_, "/t/Echo");
  call.Start();
  call.Write(std::string(kMaxMessageBytes + 1, 'x'));
  EXPECT_EQ(call.Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(RelayCallTest, ErrorDetailsPassUntouchedBeyondEightKiB) {
  Call call(relay_, "/t/Fail");
  call.Start();
  ASSERT_TRUE(call.Write("go"));
  const grpc::Status status = call.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNKNOWN);
  EXPECT_EQ(status.error_message(), "failed to solve: \xc3\xa9");
  EXPECT_EQ(status.error_details(), std::string(12 << 10, '\x01'));
  EXPECT_EQ(call.context.GetServerTrailingMetadata().count("x-trailer-bin"), 1u);
}

TEST_F(RelayCallTest, EndWithoutAMessageWhileTheCallerStillWrites) {
  Call call(relay_, "/t/End");
  call.Start();
  const grpc::Status status = call.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "ended early");
}

TEST_F(RelayCallTest, CancelReachesTheFarServer) {
  Call call(relay_, "/t/Hang");
  call.Start();
  seen_.started.WaitForNotification();
  call.context.TryCancel();
  EXPECT_EQ(call.Finish().error_code(), grpc::StatusCode::CANCELLED);
  seen_.cancelled.WaitForNotification();
}

TEST_F(RelayCallTest, DeadlinePasses) {
  Call call(relay_, "/t/Hang");
  const auto deadline = std::chrono::system_clock::now() + std::chrono::hours(1);
  call.context.set_deadline(deadline);
  call.Start();
  seen_.started.WaitForNotification();
  EXPECT_GT(seen_.deadline, deadline - std::chrono::minutes(10));
  EXPECT_LT(seen_.deadline, deadline + std::chrono::minutes(10));
  call.context.TryCancel();
  EXPECT_EQ(call.Finish().error_code(), grpc::StatusCode::CANCELLED);
}

// The deadline may pass before the call reaches the far server.
TEST_F(RelayCallTest, ACallEndsAtItsDeadline) {
  Call late(relay_, "/t/Silent");
  late.context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
  late.Start();
  EXPECT_EQ(late.Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(RelayCallTest, FarServerGone) {
  Call call(relay_, "/t/Echo");
  call.Start();
  std::string back;
  ASSERT_TRUE(call.Write("once"));
  ASSERT_TRUE(call.Read(back));
  far_.Stop();
  EXPECT_FALSE(call.Read(back));
  // In words that depend on how its connection ended.
  const std::string error = call.Finish().error_message();
  EXPECT_TRUE(absl::StartsWith(error, "the far server: ")) << error;

  Call next(relay_, "/t/Echo");
  next.Start();
  const grpc::Status status = next.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(absl::StartsWith(status.error_message(), "the far server: ")) << status.error_message();
}

TEST_F(RelayCallTest, WhatAFarServerSaysInDetailStaysAsItIs) {
  Call call(relay_, "/t/Refuse");
  call.Start();
  const grpc::Status status = call.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "draining");
}

// Until messages of so many bytes are held.
void AwaitHeld(const rpc::ClientMemory& memory, size_t bytes) {
  while (memory.held() != static_cast<int64_t>(bytes)) std::this_thread::yield();
}

TEST_F(RelayCallTest, AMessageBeyondTheMemoryOfItsClientIsRefused) {
  rpc::ClientMemory memory(3 * kLarge, kLarge * 3 / 2);
  memory_ = &memory;
  {
    Call unread(relay_, "/t/Hang");
    unread.Start();
    ASSERT_TRUE(unread.Write(std::string(kLarge, 'x')));
    AwaitHeld(memory, kLarge);
    Call refused(relay_, "/t/Hang");
    refused.Start();
    refused.Write(std::string(kLarge, 'x'));
    const grpc::Status status = refused.Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_TRUE(absl::StartsWith(status.error_message(), "no memory for 2097152 bytes: 2097152 are held"))
        << status.error_message();
    // Others go on, and so does this client with what there is memory for.
    Call small(relay_, "/t/Echo");
    small.Start();
    std::string back;
    EXPECT_TRUE(small.Write("small") && small.Read(back) && small.HalfClose());
    EXPECT_TRUE(small.Finish().ok());
    unread.context.TryCancel();
    unread.Finish();
  }
  AwaitHeld(memory, 0);
  Call again(relay_, "/t/Echo");
  again.Start();
  ASSERT_TRUE(again.Write(std::string(kLarge / 2, 'x')));
  std::string back;
  ASSERT_TRUE(again.Read(back));
  EXPECT_EQ(back.size(), kLarge / 2);
  ASSERT_TRUE(again.HalfClose());
  EXPECT_TRUE(again.Finish().ok());
}

TEST_F(RelayCallTest, AnswersThatNobodyReadsAreLimited) {
  rpc::ClientMemory memory(3 * kLarge, kLarge * 3 / 2);
  memory_ = &memory;
  Call unread(relay_, "/t/Large");
  unread.Start();
  ASSERT_TRUE(unread.Write("go"));
  AwaitHeld(memory, kLarge);
  Call refused(relay_, "/t/Large");
  refused.Start();
  ASSERT_TRUE(refused.Write("go"));
  EXPECT_EQ(refused.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  // What was held arrives.
  std::string back;
  ASSERT_TRUE(unread.Read(back));
  EXPECT_EQ(back.size(), kLarge);
  ASSERT_TRUE(unread.HalfClose());
  EXPECT_TRUE(unread.Finish().ok());
  AwaitHeld(memory, 0);
}

// Changes the first request, refuses the second, swallows responses that say so.
class Meddler : public Interceptor {
 public:
  grpc::Status Request(RelayCall& call, grpc::ByteBuffer& message) override {
    if (Text(message) == "refuse") return {grpc::StatusCode::INVALID_ARGUMENT, "not this"};
    if (Text(message) == "inject") call.Inject(Buffer("injected"));
    message = Buffer("<" + Text(message) + ">");
    return grpc::Status::OK;
  }
  bool Response(RelayCall&, grpc::ByteBuffer& message) override { return Text(message) != "<swallow>"; }
  bool End(RelayCall&, grpc::Status& status) override {
    if (status.ok()) status = grpc::Status(grpc::StatusCode::ABORTED, "changed at the end");
    return true;
  }
};

TEST_F(RelayCallTest, InterceptorChangesSwallowsAndInjects) {
  intercept_ = [] { return std::make_unique<Meddler>(); };
  Call call(relay_, "/t/Echo");
  call.Start();
  std::string back;
  ASSERT_TRUE(call.Write("swallow"));
  ASSERT_TRUE(call.Write("inject"));
  ASSERT_TRUE(call.Read(back));
  EXPECT_EQ(back, "injected");
  ASSERT_TRUE(call.Read(back));
  EXPECT_EQ(back, "<inject>");
  ASSERT_TRUE(call.HalfClose());
  EXPECT_EQ(call.Finish().error_message(), "changed at the end");
}

// Injects from another thread until it is gone.
class Latecomer : public Interceptor {
 public:
  explicit Latecomer(absl::Notification& gone) : gone_(gone) {}
  ~Latecomer() override {
    std::thread([this] { call_->Inject(Buffer("late")); }).join();
    gone_.Notify();
  }
  grpc::Status Request(RelayCall& call, grpc::ByteBuffer&) override {
    call_ = &call;
    return grpc::Status::OK;
  }
  bool Response(RelayCall&, grpc::ByteBuffer&) override { return true; }
  bool End(RelayCall&, grpc::Status&) override { return true; }

 private:
  absl::Notification& gone_;
  RelayCall* call_ = nullptr;
};

TEST_F(RelayCallTest, OthersMayInjectUntilTheInterceptorIsGone) {
  absl::Notification gone;
  intercept_ = [&] { return std::make_unique<Latecomer>(gone); };
  Call call(relay_, "/t/Echo");
  call.Start();
  ASSERT_TRUE(call.Write("x"));
  std::string back;
  ASSERT_TRUE(call.Read(back));
  ASSERT_TRUE(call.HalfClose());
  EXPECT_TRUE(call.Finish().ok());
  gone.WaitForNotification();
}

// Takes its time with each message, and notices when a second comes meanwhile.
class Dawdler : public Interceptor {
 public:
  explicit Dawdler(std::atomic<bool>& overtaken) : overtaken_(overtaken) {}
  grpc::Status Request(RelayCall&, grpc::ByteBuffer&) override {
    Dawdle(up_);
    return grpc::Status::OK;
  }
  bool Response(RelayCall&, grpc::ByteBuffer&) override {
    Dawdle(down_);
    return true;
  }
  bool End(RelayCall&, grpc::Status&) override { return true; }

 private:
  void Dawdle(std::atomic<bool>& busy) {
    if (busy.exchange(true)) overtaken_ = true;
    for (int i = 0; i < 100; ++i) std::this_thread::yield();
    busy = false;
  }
  std::atomic<bool>& overtaken_;
  std::atomic<bool> up_ = false;
  std::atomic<bool> down_ = false;
};

TEST_F(RelayCallTest, NoMessageOvertakesAnother) {
  std::atomic<bool> overtaken = false;
  intercept_ = [&] { return std::make_unique<Dawdler>(overtaken); };
  constexpr int kMessages = 2000;
  Call call(relay_, "/t/Echo");
  call.Start();
  for (int i = 0; i < kMessages; ++i) ASSERT_TRUE(call.Write(std::to_string(i)));
  ASSERT_TRUE(call.HalfClose());
  for (int i = 0; i < kMessages; ++i) {
    std::string back;
    ASSERT_TRUE(call.Read(back));
    ASSERT_EQ(back, std::to_string(i));
  }
  EXPECT_TRUE(call.Finish().ok());
  EXPECT_FALSE(overtaken);
}

TEST_F(RelayCallTest, InterceptorRefuses) {
  intercept_ = [] { return std::make_unique<Meddler>(); };
  Call call(relay_, "/t/Echo");
  call.Start();
  ASSERT_TRUE(call.Write("refuse"));
  const grpc::Status status = call.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "not this");
}

// Holds the call after upstream's end until the test lets go.
class Holder : public Interceptor {
 public:
  explicit Holder(absl::Notification& held, RelayCall*& call) : held_(held), call_(call) {}
  grpc::Status Request(RelayCall&, grpc::ByteBuffer&) override { return grpc::Status::OK; }
  bool Response(RelayCall&, grpc::ByteBuffer&) override { return false; }
  bool End(RelayCall& call, grpc::Status&) override {
    call_ = &call;
    held_.Notify();
    return false;
  }

 private:
  absl::Notification& held_;
  RelayCall*& call_;
};

TEST_F(RelayCallTest, HeldCallEndsWithFinishAndNoticesACancel) {
  absl::Notification held;
  RelayCall* relayed = nullptr;
  intercept_ = [&] { return std::make_unique<Holder>(held, relayed); };
  Call call(relay_, "/t/Echo");
  call.Start();
  ASSERT_TRUE(call.Write("x"));
  ASSERT_TRUE(call.HalfClose());
  held.WaitForNotification();
  relayed->Inject(Buffer("late"));
  std::string back;
  ASSERT_TRUE(call.Read(back));
  EXPECT_EQ(back, "late");
  EXPECT_FALSE(relayed->stop_token().stop_requested());
  absl::Notification stopped;
  std::stop_callback on_stop(relayed->stop_token(), [&] { stopped.Notify(); });
  call.context.TryCancel();
  stopped.WaitForNotification();
  relayed->Finish(grpc::Status::CANCELLED);
  EXPECT_EQ(call.Finish().error_code(), grpc::StatusCode::CANCELLED);
}

}  // namespace
}  // namespace waybill::exporter::bridge::relay
