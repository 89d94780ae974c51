// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/builds/export_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <stop_token>
#include <string>
#include <utility>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"

namespace waybill::exporter::bridge::builds {
namespace {

ExportQueue::Job JobOf(std::string lane, std::function<void()> run) {
  return {.lane = std::move(lane), .stop = {}, .waits = [] {}, .run = std::move(run)};
}

TEST(ExportQueueTest, AFullLaneHoldsUpItsOwnJobsOnly) {
  absl::Notification release;
  std::atomic<int> waiting = 0;
  std::atomic<int> done = 0;
  absl::BlockingCounter begun(2);
  {
    ExportQueue queue(2);
    for (int i = 0; i < 5; ++i) {
      ExportQueue::Job job = JobOf("stalled", [&, i] {
        if (i < 2) begun.DecrementCount();
        release.WaitForNotification();
        ++done;
      });
      job.waits = [&] { ++waiting; };
      queue.Add(std::move(job));
    }
    begun.Wait();
    EXPECT_EQ(waiting, 3);
    absl::Notification elsewhere;
    queue.Add(JobOf("other", [&] { elsewhere.Notify(); }));
    elsewhere.WaitForNotification();
    EXPECT_EQ(done, 0);
    release.Notify();
  }
  EXPECT_EQ(done, 5);
}

TEST(ExportQueueTest, AJobThatIsStoppedWhileItWaitsRunsAtOnce) {
  absl::Notification release;
  std::stop_source stop;
  absl::Notification stopped;
  std::stop_source early;
  early.request_stop();
  absl::Notification stopped_early;
  ExportQueue queue(1);
  queue.Add(JobOf("lane", [&] { release.WaitForNotification(); }));
  ExportQueue::Job job = JobOf("lane", [&] { stopped.Notify(); });
  job.stop = stop.get_token();
  queue.Add(std::move(job));
  job = JobOf("lane", [&] { stopped_early.Notify(); });
  job.stop = early.get_token();
  queue.Add(std::move(job));
  stopped_early.WaitForNotification();
  EXPECT_FALSE(stopped.HasBeenNotified());
  stop.request_stop();
  stopped.WaitForNotification();
  release.Notify();
}

TEST(ExportQueueTest, AJobMayAddOthers) {
  absl::Notification last;
  ExportQueue queue(1);
  queue.Add(JobOf("lane", [&] { queue.Add(JobOf("lane", [&] { last.Notify(); })); }));
  last.WaitForNotification();
}

}  // namespace
}  // namespace waybill::exporter::bridge::builds
