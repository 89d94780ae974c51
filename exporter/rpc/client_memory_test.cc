// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/client_memory.h"

#include <utility>

#include "gtest/gtest.h"

namespace waybill::exporter::rpc {
namespace {

TEST(ClientMemoryTest, OneClientLeavesAQuarterForTheOthers) {
  ClientMemory memory(400);
  auto first = memory.Take("ipv4:10.0.0.1:1000", 200);
  // Another connection of the same machine.
  auto second = memory.Take("ipv4:10.0.0.1:2000", 100);
  ASSERT_TRUE(first.ok() && second.ok());
  const absl::Status more = memory.Take("ipv4:10.0.0.1:3000", 1).status();
  EXPECT_EQ(more, absl::UnavailableError("no memory for 1 bytes: 300 are held for this client and 300 for all, of 400; "
                                         "try again later"));
  EXPECT_TRUE(absl::IsUnavailable(memory.Take("ipv6:[2001:db8::1]:1000", 101).status()));
  const auto other = memory.Take("ipv6:[2001:db8::1]:1000", 100);
  EXPECT_TRUE(other.ok());
  EXPECT_EQ(memory.held(), 400);
  EXPECT_TRUE(absl::IsUnavailable(memory.Take("unix:/run/waybill.sock", 1).status()));
}

TEST(ClientMemoryTest, WhatIsGivenBackCanBeTakenAgain) {
  ClientMemory memory(400);
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
  ClientMemory memory(4);
  const auto all = memory.Take("a", 3);
  EXPECT_TRUE(memory.Take("a", 0).ok());
  EXPECT_TRUE(memory.Take("a", -5).ok());
  EXPECT_EQ(memory.held(), 3);
}

}  // namespace
}  // namespace waybill::exporter::rpc
