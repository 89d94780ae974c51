// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/admission/arrivals.h"

#include <atomic>
#include <thread>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace waybill::exporter::rpc::admission {
namespace {

TEST(ArrivalsTest, LooksAgainWhileCallsCome) {
  Arrivals arrivals;
  std::atomic<int> looks = 0;
  const std::jthread client([&] {
    while (looks < 3) arrivals.Add();
  });
  arrivals.AwaitQuiet(absl::Seconds(1), absl::InfiniteFuture(), [&](absl::Time) { ++looks; });
  EXPECT_GE(looks, 3);
}

TEST(ArrivalsTest, EndsAtItsDeadline) {
  Arrivals arrivals;
  int idle = 0;
  const absl::Time deadline = absl::Now() + absl::Milliseconds(50);
  arrivals.AwaitQuiet(absl::InfiniteDuration(), deadline, [&](absl::Time until) {
    ++idle;
    EXPECT_EQ(until, deadline);
  });
  EXPECT_EQ(idle, 1);
  EXPECT_GE(absl::Now(), deadline);
  arrivals.AwaitQuiet(absl::InfiniteDuration(), absl::Now(), [&](absl::Time) { ++idle; });
  EXPECT_EQ(idle, 1);
}

}  // namespace
}  // namespace waybill::exporter::rpc::admission
