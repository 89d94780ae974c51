// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/admission/client_memory.h"

#include <utility>

#include "gtest/gtest.h"

namespace waybill::exporter::rpc::admission {
namespace {

TEST(ClientMemoryTest, OneClientLeavesTheRestForTheOthers) {
  ClientMemory memory(400, 350);
  auto first = memory.Take("ipv4:10.0.0.1:1000", 200);
  // Another connection of the same machine.
  auto second = memory.Take("ipv4:10.0.0.1:2000", 150);
  ASSERT_TRUE(first.ok() && second.ok());
  const absl::Status more = memory.Take("ipv4:10.0.0.1:3000", 1).status();
  EXPECT_EQ(more, absl::UnavailableError("no memory for 1 bytes: 350 are held for this client and 350 for all, of 400; "
                                         "try again later"));
  EXPECT_TRUE(absl::IsUnavailable(memory.Take("ipv6:[2001:db8::1]:1000", 51).status()));
  const auto other = memory.Take("ipv6:[2001:db8::1]:1000", 50);
  EXPECT_TRUE(other.ok());
  EXPECT_EQ(memory.held(), 400);
  EXPECT_TRUE(absl::IsUnavailable(memory.Take("unix:/run/waybill.sock", 1).status()));
}

TEST(ClientMemoryTest, WhatIsGivenBackCanBeTakenAgain) {
  ClientMemory memory(400, 350);
  {
    auto taken = memory.Take("unix:", 300);
    ASSERT_TRUE(taken.ok());
    ClientMemory::Hold moved = *std::move(taken);
    EXPECT_EQ(moved.bytes(), 300);
    EXPECT_EQ(memory.held(), 300);
    moved.Release();
    EXPECT_EQ(moved.bytes(), 0);
    EXPECT_EQ(memory.held(), 0);
    auto again = memory.Take("unix:", 250);
    ASSERT_TRUE(again.ok());
    moved = *std::move(again);
    EXPECT_EQ(memory.held(), 250);
  }
  EXPECT_EQ(memory.held(), 0);
}

TEST(ClientMemoryTest, NothingIsAlwaysThere) {
  ClientMemory memory(8, 7);
  const auto all = memory.Take("a", 7);
  EXPECT_TRUE(memory.Take("a", 0).ok());
  EXPECT_TRUE(memory.Take("a", -5).ok());
  EXPECT_EQ(memory.held(), 7);
}

TEST(ClientMemoryTest, AHoldBecomesAnotherSize) {
  ClientMemory memory(800, 700);
  auto hold = memory.Take("a", 400);
  ASSERT_TRUE(hold.ok());
  EXPECT_TRUE(hold->Resize(100).ok());
  EXPECT_EQ(memory.held(), 100);
  EXPECT_TRUE(hold->Resize(700).ok());
  EXPECT_EQ(memory.held(), 700);
  EXPECT_TRUE(absl::IsUnavailable(hold->Resize(701)));
  EXPECT_EQ(hold->bytes(), 700);
  hold->Release();
  EXPECT_EQ(memory.held(), 0);
}

}  // namespace
}  // namespace waybill::exporter::rpc::admission
