// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/admission/gate.h"

#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace waybill::exporter::rpc::admission {
namespace {

TEST(GateTest, ClosesWhenTheLastHasLeft) {
  Gate gate;
  absl::StatusOr<Gate::Pass> first = gate.Enter();
  absl::StatusOr<Gate::Pass> second = gate.Enter();
  ASSERT_TRUE(first.ok() && second.ok());
  std::jthread leave([&] {
    first->reset();
    Gate::Pass moved = *std::move(second);
  });
  gate.Close(absl::InfiniteDuration());
  EXPECT_EQ(gate.Enter().status(), absl::UnavailableError("the service is shutting down"));
}

TEST(GateTest, ClosesOverThoseWhoStay) {
  Gate gate;
  const absl::StatusOr<Gate::Pass> stays = gate.Enter();
  ASSERT_TRUE(stays.ok());
  gate.Close(absl::ZeroDuration());
  EXPECT_FALSE(gate.Enter().ok());
}

TEST(GateTest, WaitsForThoseInsideWithoutClosing) {
  Arrivals arrivals;
  Gate gate(&arrivals);
  absl::StatusOr<Gate::Pass> first = gate.Enter();
  gate.AwaitEmpty(absl::InfinitePast());
  std::jthread leave([&] { first->reset(); });
  gate.AwaitEmpty(absl::InfiniteFuture());
  EXPECT_TRUE(gate.Enter().ok());
}

}  // namespace
}  // namespace waybill::exporter::rpc::admission
