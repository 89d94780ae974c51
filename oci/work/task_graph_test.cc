// SPDX-License-Identifier: Apache-2.0
#include "oci/work/task_graph.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/barrier.h"
#include "absl/synchronization/mutex.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::oci::work {
namespace {

// Notes the order in which its tasks ran.
class Diary {
 public:
  TaskGroup::Task Write(char name) {
    return [this, name](const Context&) {
      absl::MutexLock lock(&mutex_);
      text_ += name;
      return absl::OkStatus();
    };
  }
  std::string text() const {
    absl::MutexLock lock(&mutex_);
    return text_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::string text_ ABSL_GUARDED_BY(mutex_);
};

TEST(TaskGraphTest, NothingToDoIsOk) { EXPECT_EQ(TaskGraph().Run(Context(), 4), absl::OkStatus()); }

TEST(TaskGraphTest, OneThreadRunsInTheOrderOfAddWhereItMay) {
  Diary diary;
  TaskGraph graph;
  const auto a = graph.Add(diary.Write('a'), {});
  const auto b = graph.Add(diary.Write('b'), {});
  const auto c = graph.Add(diary.Write('c'), {b, b});
  graph.Add(diary.Write('d'), {c, a});
  graph.Add(diary.Write('e'), {});
  EXPECT_EQ(graph.Run(Context(), 1), absl::OkStatus());
  EXPECT_EQ(diary.text(), "abecd");
}

TEST(TaskGraphTest, NoTaskRunsBeforeThoseItWaitsFor) {
  constexpr int kLayers = 30, kWidth = 8;
  std::atomic<int> done[kLayers] = {};
  std::atomic<int> early = 0;
  TaskGraph graph;
  std::vector<TaskGraph::Node> before;
  for (int layer = 0; layer < kLayers; ++layer) {
    std::vector<TaskGraph::Node> nodes;
    for (int i = 0; i < kWidth; ++i) {
      nodes.push_back(graph.Add(
          [&, layer](const Context&) {
            if (layer > 0 && done[layer - 1] != kWidth) ++early;
            ++done[layer];
            return absl::OkStatus();
          },
          before));
    }
    before = nodes;
  }
  EXPECT_EQ(graph.Run(Context(), 6), absl::OkStatus());
  EXPECT_EQ(early, 0);
  EXPECT_EQ(done[kLayers - 1], kWidth);
}

// A chain goes on while an unrelated task still runs: each side would wait for ever for the other otherwise.
TEST(TaskGraphTest, ATaskDoesNotWaitForOthers) {
  absl::Barrier barrier(2);
  const auto meet = [&barrier](const Context&) {
    barrier.Block();
    return absl::OkStatus();
  };
  Diary diary;
  TaskGraph graph;
  graph.Add(meet, {});
  const auto a = graph.Add(diary.Write('a'), {});
  const auto b = graph.Add(diary.Write('b'), {a});
  graph.Add(meet, {b});
  EXPECT_EQ(graph.Run(Context(), 2), absl::OkStatus());
  EXPECT_EQ(diary.text(), "ab");
}

TEST(TaskGraphTest, WhatWaitsForAFailureDoesNotRun) {
  Diary diary;
  TaskGraph graph;
  const auto a = graph.Add(diary.Write('a'), {});
  const auto failing = graph.Add([](const Context&) { return NotFoundError("gone"); }, {a});
  graph.Add(diary.Write('z'), {failing});
  const absl::Status status = graph.Run(Context(), 3);
  EXPECT_EQ(ReasonOf(status), Reason::kNotFound);
  EXPECT_EQ(status.message(), "gone");
  EXPECT_EQ(diary.text(), "a");
}

}  // namespace
}  // namespace waybill::oci::work
