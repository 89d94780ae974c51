// SPDX-License-Identifier: Apache-2.0
#include "oci/work/pool.h"

#include <atomic>
#include <functional>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "oci/context.h"
#include "oci/work/task_group.h"

namespace waybill::oci::work {
namespace {

TEST(PoolTest, RunsWhatWasPostedBeforeItEnds) {
  std::atomic<int> ran = 0;
  {
    Pool pool(3);
    for (int i = 0; i < 1000; ++i) pool.Post(Pool::Kind::kLong, [&] { ++ran; });
  }
  EXPECT_EQ(ran, 1000);
}

TEST(PoolTest, NeverHasMoreThreadsThanAllowed) {
  std::atomic<int> running = 0, most = 0;
  {
    Pool pool(4);
    for (int i = 0; i < 1000; ++i) {
      pool.Post(i % 2 == 0 ? Pool::Kind::kLong : Pool::Kind::kBrief, [&] {
        const int now = ++running;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        --running;
      });
    }
  }
  EXPECT_LE(most, 4);
}

TEST(PoolTest, HelpLeavesThreadsForOtherWork) {
  absl::Notification release, ran;
  Pool pool(2);
  for (int i = 0; i < 5; ++i) pool.Post(Pool::Kind::kHelp, [&] { release.WaitForNotification(); });
  pool.Post(Pool::Kind::kLong, [&] { ran.Notify(); });
  ran.WaitForNotification();
  release.Notify();
}

// As an export that pushes to several registries, each of which uploads layers in parallel. Each level waits for the
// next on a thread of a pool that has one only.
TEST(PoolTest, GroupsWithinGroupsEndWithoutThreadsOfTheirOwn) {
  std::atomic<int> leaves = 0;
  Pool pool(1);
  const std::function<absl::Status(const Context&, int)> grow = [&](const Context& context, int depth) -> absl::Status {
    if (depth == 0) {
      ++leaves;
      return absl::OkStatus();
    }
    TaskGroup group(context, 4, pool);
    for (int i = 0; i < 5; ++i) group.Add([&](const Context& task) { return grow(task, depth - 1); });
    return group.Wait();
  };
  absl::Notification done;
  pool.Post(Pool::Kind::kLong, [&] {
    EXPECT_TRUE(grow(Context(), 4).ok());
    done.Notify();
  });
  done.WaitForNotification();
  EXPECT_EQ(leaves, 5 * 5 * 5 * 5);
}

}  // namespace
}  // namespace waybill::oci::work
