// SPDX-License-Identifier: Apache-2.0
#include "oci/work/task_group.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>

#include "absl/synchronization/barrier.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::oci::work {
namespace {

TEST(TaskGroupTest, NothingToDoIsOk) {
  TaskGroup group(Context(), 4);
  EXPECT_EQ(group.Wait(), absl::OkStatus());
}

TEST(TaskGroupTest, RunsTasksThatTasksAdd) {
  std::atomic<int> count = 0;
  TaskGroup group(Context(), 3);
  std::function<absl::Status(int)> grow = [&](int depth) {
    ++count;
    for (int i = 0; depth > 0 && i < 2; ++i) group.Add([&grow, depth](const Context&) { return grow(depth - 1); });
    return absl::OkStatus();
  };
  group.Add([&](const Context&) { return grow(9); });
  EXPECT_EQ(group.Wait(), absl::OkStatus());
  EXPECT_EQ(count, (1 << 10) - 1);
}

TEST(TaskGroupTest, RunsAsManyAtOnceAsAllowedAndNoMore) {
  constexpr int kParallel = 4;
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  TaskGroup group(Context(), kParallel);
  for (int round = 0; round < 5; ++round) {
    // Opens only when kParallel tasks are there at the same time.
    const auto barrier = std::make_shared<absl::Barrier>(kParallel);
    for (int i = 0; i < kParallel; ++i) {
      group.Add([&, barrier](const Context&) {
        most = std::max(most.load(), ++running);
        barrier->Block();
        --running;
        return absl::OkStatus();
      });
    }
  }
  EXPECT_EQ(group.Wait(), absl::OkStatus());
  EXPECT_EQ(most, kParallel);
}

TEST(TaskGroupTest, TheFirstFailureStopsRunningTasksAndDropsWaitingOnes) {
  absl::Notification started;
  std::atomic<bool> dropped_ran = false;
  TaskGroup group(Context(), 2);
  group.Add([&](const Context& context) {
    absl::Notification stopped;
    const std::stop_callback on_stop(context.stop_token(), [&] { stopped.Notify(); });
    started.Notify();
    stopped.WaitForNotification();
    return context.Check();
  });
  group.Add([&](const Context&) {
    started.WaitForNotification();
    // Both workers are busy: this one waits.
    group.Add([&](const Context&) {
      dropped_ran = true;
      return absl::OkStatus();
    });
    return StorageError("disk full");
  });
  const absl::Status status = group.Wait();
  EXPECT_EQ(ReasonOf(status), Reason::kStorage);
  EXPECT_EQ(status.message(), "disk full");
  EXPECT_FALSE(dropped_ran);
}

TEST(TaskGroupTest, TheOuterContextStopsIt) {
  std::stop_source stop;
  TaskGroup group(Context().WithStop(stop.get_token()), 2);
  group.Add([&](const Context& context) {
    stop.request_stop();
    return context.Check();
  });
  const absl::Status status = group.Wait();
  EXPECT_EQ(ReasonOf(status), Reason::kInterrupted);
}

TEST(TaskGroupTest, DroppedWithoutWaitStopsItsTasks) {
  absl::Notification started;
  std::atomic<bool> ended = false;
  {
    TaskGroup group(Context(), 1);
    group.Add([&](const Context& context) {
      absl::Notification stopped;
      const std::stop_callback on_stop(context.stop_token(), [&] { stopped.Notify(); });
      started.Notify();
      stopped.WaitForNotification();
      ended = true;
      return context.Check();
    });
    started.WaitForNotification();
  }
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace waybill::oci::work
