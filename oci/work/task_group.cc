// SPDX-License-Identifier: Apache-2.0
#include "oci/work/task_group.h"

#include <algorithm>
#include <utility>

namespace waybill::oci::work {

TaskGroup::TaskGroup(const Context& outer, int parallel)
    : stop_(outer), parallel_(static_cast<size_t>(std::max(parallel, 1))) {}

TaskGroup::~TaskGroup() {
  stop_.Request();
  std::vector<std::jthread> threads;
  {
    absl::MutexLock lock(&mutex_);
    closing_ = true;
    tasks_.clear();
    threads.swap(threads_);
  }
  // The threads are joined here, without the lock.
}

void TaskGroup::Add(Task task) {
  absl::MutexLock lock(&mutex_);
  if (!status_.ok() || closing_) return;
  tasks_.push_back(std::move(task));
  if (threads_.size() < parallel_ && running_ + tasks_.size() > threads_.size()) {
    threads_.emplace_back([this] { Run(); });
  }
}

absl::Status TaskGroup::Wait() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &TaskGroup::Idle));
  return status_;
}

void TaskGroup::Run() {
  const Context context = stop_.context();
  while (true) {
    Task task;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &TaskGroup::HasWork));
      if (closing_) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
      ++running_;
    }
    absl::Status status = context.Check();
    if (status.ok()) status = task(context);
    task = nullptr;
    Finish(std::move(status));
  }
}

void TaskGroup::Finish(absl::Status status) {
  const bool failed = !status.ok();
  std::deque<Task> dropped;  // destroyed without the lock
  {
    absl::MutexLock lock(&mutex_);
    --running_;
    if (failed && status_.ok()) {
      status_ = std::move(status);
      dropped.swap(tasks_);
    }
  }
  // Only now: whoever is stopped by this must not be taken for the first failure.
  if (failed) stop_.Request();
}

}  // namespace waybill::oci::work
