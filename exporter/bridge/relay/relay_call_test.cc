// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/relay/relay_call.h"

#include <grpcpp/generic/async_generic_service.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/synchronization/notification.h"
#include "exporter/bridge/relay/testing/relay_fixture.h"
#include "exporter/rpc/admission/client_memory.h"

namespace waybill::exporter::bridge::relay {
namespace {

using testing::Call;
using testing::kLarge;

class RelayCallTest : public testing::RelayFixture {
 protected:
  // One message there and back.
  void ExpectEcho(const std::string& message) {
    Call call(relay_, "/t/Echo");
    call.Start();
    std::string back;
    ASSERT_TRUE(call.Write(message) && call.Read(back) && call.HalfClose());
    EXPECT_TRUE(back == message);
    EXPECT_TRUE(call.Finish().ok());
  }
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

TEST_F(RelayCallTest, AMessageBeyondTheMemoryOfItsClientIsRefused) {
  rpc::admission::ClientMemory memory(3 * kLarge, kLarge * 3 / 2);
  memory_ = &memory;
  absl::StatusOr<rpc::admission::ClientMemory::Hold> waiting =
      memory.Take("ipv4:127.0.0.1:1", kLarge);  // another call's
  ASSERT_TRUE(waiting.ok());
  Call refused(relay_, "/t/Hang");
  refused.Start();
  refused.Write(std::string(kLarge, 'x'));
  const grpc::Status status = refused.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(absl::StartsWith(status.error_message(), "no memory for 2097152 bytes: 2097152 are held"))
      << status.error_message();
  // The client goes on with what there is memory for.
  ExpectEcho("small");
  waiting->Release();
  ExpectEcho(std::string(kLarge, 'x'));
  EXPECT_EQ(memory.held(), 0);
}

TEST_F(RelayCallTest, AnAnswerBeyondTheMemoryOfItsClientIsRefused) {
  rpc::admission::ClientMemory memory(3 * kLarge, kLarge * 3 / 2);
  memory_ = &memory;
  const absl::StatusOr<rpc::admission::ClientMemory::Hold> waiting = memory.Take("ipv4:127.0.0.1:1", kLarge);
  ASSERT_TRUE(waiting.ok());
  Call refused(relay_, "/t/Large");
  refused.Start();
  ASSERT_TRUE(refused.Write("go"));
  EXPECT_EQ(refused.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace waybill::exporter::bridge::relay
