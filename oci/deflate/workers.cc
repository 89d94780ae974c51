// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/workers.h"

#include <utility>

namespace waybill::oci::deflate {

Workers::~Workers() {
  std::vector<std::jthread> threads;
  {
    absl::MutexLock lock(&mutex_);
    closing_ = true;
    threads.swap(threads_);
  }
  // The threads are joined here, without the lock.
}

void Workers::Start(Job& job, std::function<void()> work) {
  absl::MutexLock lock(&mutex_);
  job.work = std::move(work);
  job.done = false;
  queue_.push_back(&job);
  if (static_cast<size_t>(idle_) < queue_.size() && threads_.size() < static_cast<size_t>(most_threads_)) {
    threads_.emplace_back([this] { Serve(); });
  }
}

void Workers::Finish(Job& job) {
  absl::MutexLock lock(&mutex_);
  const auto done_or_work = [this, &job]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return job.done || !queue_.empty(); };
  while (!job.done) {
    mutex_.Await(absl::Condition(&done_or_work));
    if (!job.done) RunFirst();
  }
}

void Workers::RunFirst() {
  Job& job = *queue_.front();
  queue_.pop_front();
  mutex_.Unlock();
  job.work();
  mutex_.Lock();
  job.done = true;
}

void Workers::Serve() {
  absl::MutexLock lock(&mutex_);
  const auto work_or_end = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return closing_ || !queue_.empty(); };
  while (true) {
    ++idle_;
    mutex_.Await(absl::Condition(&work_or_end));
    --idle_;
    if (queue_.empty()) return;
    RunFirst();
  }
}

}  // namespace waybill::oci::deflate
