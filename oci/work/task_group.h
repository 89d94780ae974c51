// SPDX-License-Identifier: Apache-2.0
// Work that spreads over a few threads and ends together.
#ifndef WAYBILL_OCI_WORK_TASK_GROUP_H_
#define WAYBILL_OCI_WORK_TASK_GROUP_H_

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "oci/context.h"

namespace waybill::oci::work {

// Runs tasks on at most `parallel` threads of its own, started as they are needed. The first task that fails stops
// the others through their context, and tasks that have not begun are dropped. Thread-safe: a task may add tasks.
class TaskGroup {
 public:
  using Task = std::function<absl::Status(const Context&)>;

  TaskGroup(const Context& outer, int parallel);
  // Stops what still runs and waits for it.
  ~TaskGroup();

  void Add(Task task);
  // Waits until nothing is left to do; call it once. The first failure, or that of the outer context.
  absl::Status Wait();

 private:
  void Run();
  void Finish(absl::Status status);
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !tasks_.empty() || closing_; }
  bool Idle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return tasks_.empty() && running_ == 0; }

  LinkedStop stop_;
  const size_t parallel_;
  absl::Mutex mutex_;
  std::deque<Task> tasks_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::jthread> threads_ ABSL_GUARDED_BY(mutex_);
  size_t running_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::oci::work

#endif  // WAYBILL_OCI_WORK_TASK_GROUP_H_
