// SPDX-License-Identifier: Apache-2.0
#include "oci/work/queue.h"

#include <atomic>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/synchronization/barrier.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace waybill::oci::work {
namespace {

// Holds a lane until the test lets go, or ends. Declared before the queue, which waits for it.
class Plug {
 public:
  Queue::Task Task() {
    return [this] {
      started_.Notify();
      release_.WaitForNotification();
    };
  }
  void AwaitStart() { started_.WaitForNotification(); }
  void Release() {
    if (!release_.HasBeenNotified()) release_.Notify();
  }

 private:
  absl::Notification started_;
  absl::Notification release_;
};

// Lets go when a check of the test ends it early, before the queue is destroyed.
class Releases {
 public:
  explicit Releases(Plug& plug) : plug_(plug) {}
  ~Releases() { plug_.Release(); }

 private:
  Plug& plug_;
};

TEST(QueueTest, RunsWhatWasSubmittedBeforeItEnds) {
  std::atomic<int> ran = 0;
  {
    Queue queue({.name = "work", .parallel = 2, .max_waiting = 100});
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(queue.Submit([&] { ++ran; }).ok());
  }
  EXPECT_EQ(ran, 100);
}

TEST(QueueTest, RunsAsManyAtOnceAsAllowed) {
  Pool pool(3);
  absl::BlockingCounter all(3);
  absl::Barrier met(3);
  {
    Queue queue({.name = "work", .parallel = 3, .max_waiting = 3}, pool);
    // Each ends only when the others are there too.
    const auto meet = [&] {
      all.DecrementCount();
      met.Block();
    };
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(queue.Submit(meet).ok());
    all.Wait();
  }
}

TEST(QueueTest, ATaskThatHasNotBegunCanBeWithdrawn) {
  Plug plug;
  bool ran = false;
  absl::Notification last;
  Queue queue({.name = "exports", .parallel = 1, .max_waiting = 10});
  Releases releases(plug);
  const auto first = queue.Submit(plug.Task());
  ASSERT_TRUE(first.ok());
  EXPECT_FALSE(first->waits);
  plug.AwaitStart();
  const auto second = queue.Submit([&] { ran = true; });
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(second->waits);
  EXPECT_EQ(queue.Withdraw(*first), nullptr);
  EXPECT_NE(queue.Withdraw(*second), nullptr);
  EXPECT_EQ(queue.Withdraw(*second), nullptr);
  queue.Continue([&] { last.Notify(); });
  plug.Release();
  last.WaitForNotification();
  EXPECT_FALSE(ran);
}

TEST(QueueTest, RefusesWhenTooManyWaitButGoesOnWithWhatItTook) {
  Plug plug;
  std::atomic<bool> continued = false;
  {
    Queue queue({.name = "exports", .parallel = 1, .max_waiting = 1});
    Releases releases(plug);
    ASSERT_TRUE(queue.Submit(plug.Task()).ok());
    plug.AwaitStart();
    ASSERT_TRUE(queue.Submit([] {}).ok());
    EXPECT_EQ(queue.Submit([] {}).status(), absl::UnavailableError("exports: 1 wait already, try again later"));
    queue.Continue([&] { continued = true; });
  }
  EXPECT_TRUE(continued);
}

TEST(QueueTest, AFullLaneHoldsUpItsOwnTasksOnly) {
  Plug plug;
  int waiting = 0;
  std::atomic<int> done = 0;
  {
    Queue queue({.name = "exports", .parallel = 1, .max_waiting = 10, .kind = Pool::Kind::kLong});
    Releases releases(plug);
    ASSERT_TRUE(queue.Submit({.lane = "stalled", .waits = nullptr, .run = plug.Task()}).ok());
    plug.AwaitStart();
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(queue.Submit({.lane = "stalled", .waits = [&] { ++waiting; }, .run = [&] { ++done; }}).ok());
    }
    EXPECT_EQ(waiting, 3);
    absl::Notification elsewhere;
    ASSERT_TRUE(queue.Submit({.lane = "other", .waits = nullptr, .run = [&] { elsewhere.Notify(); }}).ok());
    elsewhere.WaitForNotification();
    EXPECT_EQ(done, 0);
  }
  EXPECT_EQ(done, 3);
}

TEST(QueueTest, TellsItsLoad) {
  Plug plug;
  Queue queue({.name = "exports", .parallel = 1, .max_waiting = 10});
  {
    Releases releases(plug);
    EXPECT_EQ(queue.load().running, 0u);
    ASSERT_TRUE(queue.Submit(plug.Task()).ok());
    plug.AwaitStart();
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(queue.Submit([] {}).ok());
    EXPECT_EQ(queue.load().running, 1u);
    EXPECT_EQ(queue.load().waiting, 2u);
  }
  absl::Notification last;
  Queue::Load load;
  ASSERT_TRUE(queue
                  .Submit([&] {
                    load = queue.load();
                    last.Notify();
                  })
                  .ok());
  last.WaitForNotification();
  EXPECT_EQ(load.running, 1u);
  EXPECT_EQ(load.waiting, 0u);
}

TEST(QueueTest, ATaskMaySubmitOthers) {
  absl::Notification last;
  Queue queue({.name = "work", .parallel = 1, .max_waiting = 10});
  ASSERT_TRUE(queue.Submit([&] { queue.Continue([&] { last.Notify(); }); }).ok());
  last.WaitForNotification();
}

}  // namespace
}  // namespace waybill::oci::work
