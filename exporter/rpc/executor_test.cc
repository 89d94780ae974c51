// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/executor.h"

#include <atomic>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace waybill::exporter::rpc {
namespace {

TEST(ExecutorTest, RunsWhatWasSubmittedBeforeItEnds) {
  std::atomic<int> ran = 0;
  {
    Executor executor("work", 2, 100);
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(executor.Submit([&] { ++ran; }).ok());
  }
  EXPECT_EQ(ran, 100);
}

TEST(ExecutorTest, RunsAsManyAtOnceAsItHasThreads) {
  absl::BlockingCounter all(3);
  absl::Notification done;
  Executor executor("work", 3, 3);  // goes first: its threads look at the others until they end
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(executor
                    .Submit([&] {
                      all.DecrementCount();
                      done.WaitForNotification();
                    })
                    .ok());
  }
  all.Wait();
  done.Notify();
}

TEST(ExecutorTest, WhatHasNotBegunCanBeWithdrawn) {
  absl::Notification started, go_on;
  Executor executor("exports", 1, 10);
  const auto first = executor.Submit([&] {
    started.Notify();
    go_on.WaitForNotification();
  });
  ASSERT_TRUE(first.ok());
  EXPECT_FALSE(first->waits);
  started.WaitForNotification();
  bool ran = false;
  const auto second = executor.Submit([&] { ran = true; });
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(second->waits);
  EXPECT_FALSE(executor.Withdraw(*first));
  EXPECT_TRUE(executor.Withdraw(*second));
  EXPECT_FALSE(executor.Withdraw(*second));
  absl::Notification last;
  executor.Continue([&] { last.Notify(); });
  go_on.Notify();
  last.WaitForNotification();
  EXPECT_FALSE(ran);
}

TEST(ExecutorTest, RefusesWhenTooManyWait) {
  absl::Notification started, go_on;
  Executor executor("exports", 1, 1);
  ASSERT_TRUE(executor
                  .Submit([&] {
                    started.Notify();
                    go_on.WaitForNotification();
                  })
                  .ok());
  started.WaitForNotification();
  ASSERT_TRUE(executor.Submit([] {}).ok());
  EXPECT_EQ(executor.Submit([] {}).status(), absl::UnavailableError("exports: 1 wait already, try again later"));
  bool continued = false;
  executor.Continue([&] { continued = true; });
  absl::Notification last;
  executor.Continue([&] { last.Notify(); });
  go_on.Notify();
  last.WaitForNotification();
  EXPECT_TRUE(continued);
}

}  // namespace
}  // namespace waybill::exporter::rpc
