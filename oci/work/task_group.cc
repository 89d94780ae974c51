// SPDX-License-Identifier: Apache-2.0
#include "oci/work/task_group.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace waybill::oci::work {

struct TaskGroup::State {
  State(const Context& outer, size_t limit) : stop(outer), parallel(limit) {}

  bool MayRun() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) { return !tasks.empty() && running < parallel; }
  bool Idle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) { return tasks.empty() && running == 0; }
  bool MayRunOrIdle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) { return MayRun() || Idle(); }
  bool NoneRuns() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) { return running == 0; }

  // Runs the next task, without the lock.
  void RunOne() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // On a thread of the pool, while there are tasks.
  void Help();

  LinkedStop stop;
  const size_t parallel;
  absl::Mutex mutex;
  std::deque<Task> tasks ABSL_GUARDED_BY(mutex);
  size_t running ABSL_GUARDED_BY(mutex) = 0;
  size_t helpers ABSL_GUARDED_BY(mutex) = 0;  // posted to the pool or running there
  bool closed ABSL_GUARDED_BY(mutex) = false;
  absl::Status status ABSL_GUARDED_BY(mutex);
};

void TaskGroup::State::RunOne() {
  Task task = std::move(tasks.front());
  tasks.pop_front();
  ++running;
  mutex.Unlock();
  const Context context = stop.context();
  absl::Status result = context.Check();
  if (result.ok()) result = task(context);
  task = nullptr;
  std::deque<Task> dropped;  // destroyed without the lock
  mutex.Lock();
  if (!result.ok() && status.ok()) {
    status = std::move(result);
    dropped.swap(tasks);
    mutex.Unlock();
    dropped.clear();
    // Only now: whoever is stopped by this must not be taken for the first failure.
    stop.Request();
    mutex.Lock();
  }
  // Last, so that the group does not end before its others are stopped.
  --running;
}

void TaskGroup::State::Help() {
  absl::MutexLock lock(&mutex);
  while (MayRun()) RunOne();
  --helpers;
}

TaskGroup::TaskGroup(const Context& outer, int parallel, Pool& pool)
    : pool_(pool), state_(std::make_shared<State>(outer, static_cast<size_t>(std::max(parallel, 1)))) {}

TaskGroup::~TaskGroup() {
  state_->stop.Request();
  std::deque<Task> dropped;  // destroyed without the lock
  absl::MutexLock lock(&state_->mutex);
  state_->closed = true;
  dropped.swap(state_->tasks);
  state_->mutex.Await(absl::Condition(state_.get(), &State::NoneRuns));
}

void TaskGroup::Add(Task task) {
  absl::MutexLock lock(&state_->mutex);
  if (!state_->status.ok() || state_->closed) return;
  state_->tasks.push_back(std::move(task));
  if (state_->helpers >= state_->parallel || state_->helpers >= state_->running + state_->tasks.size()) return;
  ++state_->helpers;
  pool_.Post(Pool::Kind::kHelp, [state = state_] { state->Help(); });
}

absl::Status TaskGroup::Wait() {
  absl::MutexLock lock(&state_->mutex);
  while (true) {
    state_->mutex.Await(absl::Condition(state_.get(), &State::MayRunOrIdle));
    if (state_->Idle()) return state_->status;
    state_->RunOne();
  }
}

}  // namespace waybill::oci::work
