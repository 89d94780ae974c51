// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/workers.h"

#include <atomic>
#include <deque>
#include <thread>

#include "gtest/gtest.h"

namespace waybill::oci::deflate {
namespace {

TEST(WorkersTest, WithoutThreadsTheWaitingCallerWorks) {
  Workers workers(0);
  std::vector<int> order;
  Job first;
  Job second;
  Job third;
  workers.Start(first, [&] { order.push_back(1); });
  workers.Start(second, [&] { order.push_back(2); });
  workers.Start(third, [&] { order.push_back(3); });
  EXPECT_TRUE(order.empty());
  workers.Finish(second);
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
  workers.Finish(first);
  workers.Finish(third);
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(WorkersTest, FinishOfANewJobReturns) {
  Workers workers(0);
  Job job;
  workers.Finish(job);
}

TEST(WorkersTest, SeveralCallersShareThem) {
  constexpr int kCallers = 4;
  constexpr int kJobs = 500;
  Workers workers(2);
  std::atomic<int> done = 0;
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < kCallers; ++i) {
      callers.emplace_back([&] {
        std::deque<Job> jobs(kJobs);
        for (Job& job : jobs) workers.Start(job, [&] { ++done; });
        for (Job& job : jobs) workers.Finish(job);
      });
    }
  }
  EXPECT_EQ(done, kCallers * kJobs);
}

}  // namespace
}  // namespace waybill::oci::deflate
