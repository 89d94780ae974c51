// SPDX-License-Identifier: Apache-2.0
#include "oci/work/pool.h"

#include <algorithm>
#include <utility>

namespace waybill::oci::work {
namespace {

constexpr int kProcessThreads = 256;
constexpr size_t kKeptForBrief = 32;
// Threads that stay for what comes next.
constexpr size_t kMaxIdle = 8;

}  // namespace

Pool::Pool(int threads) : max_threads_(static_cast<size_t>(std::max(threads, 1))) {}

Pool::~Pool() {
  std::list<std::jthread> ended;  // joined without the lock
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &Pool::Done));
  closing_ = true;
  mutex_.Await(absl::Condition(this, &Pool::Ended));
  ended.swap(ended_);
}

Pool& Pool::OfProcess() {
  // Never destroyed: static objects may still have work when the process ends.
  static Pool& pool = *new Pool(kProcessThreads);
  return pool;
}

size_t Pool::Limit(size_t kind) const {
  switch (static_cast<Kind>(kind)) {
    case Kind::kBrief:
      return max_threads_;
    case Kind::kLong:
      return max_threads_ > 2 * kKeptForBrief ? max_threads_ - kKeptForBrief : max_threads_;
    case Kind::kHelp:
      break;
  }
  return std::max<size_t>(max_threads_ / 2, 1);
}

size_t Pool::NextKind() const {
  for (size_t kind = 0; kind < kKinds; ++kind) {
    if (!tasks_[kind].empty() && busy_ < Limit(kind)) return kind;
  }
  return kKinds;
}

size_t Pool::Waiting() const {
  size_t waiting = 0;
  for (const std::deque<Task>& tasks : tasks_) waiting += tasks.size();
  return waiting;
}

void Pool::Post(Kind kind, Task task) {
  std::list<std::jthread> ended;  // joined without the lock
  absl::MutexLock lock(&mutex_);
  ended.swap(ended_);
  tasks_[static_cast<size_t>(kind)].push_back(std::move(task));
  if (Waiting() <= idle_ || threads_.size() >= max_threads_ || busy_ >= Limit(static_cast<size_t>(kind))) return;
  const auto self = threads_.emplace(threads_.end());
  *self = std::jthread([this, self] { Work(self); });
}

void Pool::Work(std::list<std::jthread>::iterator self) {
  absl::MutexLock lock(&mutex_);
  while (true) {
    const size_t kind = NextKind();
    if (kind == kKinds) {
      if (closing_ || idle_ >= kMaxIdle) break;
      ++idle_;
      mutex_.Await(absl::Condition(this, &Pool::MayGoOn));
      --idle_;
      continue;
    }
    Task task = std::move(tasks_[kind].front());
    tasks_[kind].pop_front();
    ++busy_;
    mutex_.Unlock();
    task();
    task = nullptr;
    mutex_.Lock();
    --busy_;
  }
  ended_.splice(ended_.end(), threads_, self);
}

}  // namespace waybill::oci::work
