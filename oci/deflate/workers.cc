// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/workers.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace waybill::oci::deflate {

struct Workers::State {
  // On a thread of the pool, while there are jobs.
  void Serve();
  // Takes the first job off the queue and runs it without the lock.
  void RunFirst() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  absl::Mutex mutex;
  std::deque<Job*> queue ABSL_GUARDED_BY(mutex);
  size_t threads ABSL_GUARDED_BY(mutex) = 0;  // posted to the pool or running there
  size_t coming ABSL_GUARDED_BY(mutex) = 0;   // those that have not begun
};

void Workers::State::RunFirst() {
  Job& job = *queue.front();
  queue.pop_front();
  mutex.Unlock();
  job.work();
  mutex.Lock();
  job.done = true;
}

void Workers::State::Serve() {
  absl::MutexLock lock(&mutex);
  --coming;
  while (!queue.empty()) RunFirst();
  --threads;
}

Workers::Workers(int threads, work::Pool& pool)
    : most_threads_(std::max(threads, 0)), pool_(pool), state_(std::make_shared<State>()) {}

Workers::~Workers() = default;

void Workers::Start(Job& job, std::function<void()> work) {
  absl::MutexLock lock(&state_->mutex);
  job.work = std::move(work);
  job.done = false;
  state_->queue.push_back(&job);
  if (state_->threads >= static_cast<size_t>(most_threads_) || state_->coming >= state_->queue.size()) return;
  ++state_->threads;
  ++state_->coming;
  pool_.Post(work::Pool::Kind::kHelp, [state = state_] { state->Serve(); });
}

void Workers::Finish(Job& job) {
  State& state = *state_;
  absl::MutexLock lock(&state.mutex);
  const auto done_or_work = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return job.done || !state.queue.empty(); };
  while (!job.done) {
    state.mutex.Await(absl::Condition(&done_or_work));
    if (!job.done) state.RunFirst();
  }
}

}  // namespace waybill::oci::deflate
