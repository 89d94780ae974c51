// SPDX-License-Identifier: Apache-2.0
#include <grpcpp/generic/async_generic_service.h>
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
#include "exporter/bridge/relay/relay_call.h"
#include "exporter/bridge/relay/testing/relay_fixture.h"

namespace waybill::exporter::bridge::relay {
namespace {

using testing::Buffer;
using testing::Call;
using testing::Text;

class InterceptorTest : public testing::RelayFixture {};

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

TEST_F(InterceptorTest, InterceptorChangesSwallowsAndInjects) {
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

TEST_F(InterceptorTest, OthersMayInjectUntilTheInterceptorIsGone) {
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

TEST_F(InterceptorTest, NoMessageOvertakesAnother) {
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

TEST_F(InterceptorTest, InterceptorRefuses) {
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

TEST_F(InterceptorTest, HeldCallEndsWithFinishAndNoticesACancel) {
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
