// SPDX-License-Identifier: Apache-2.0
#include "oci/work/queue.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace waybill::oci::work {

Queue::Queue(const Options& options, Pool& pool) : options_(options), pool_(pool) {}

Queue::~Queue() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &Queue::Empty));
}

absl::StatusOr<Queue::Ticket> Queue::Submit(Job job) {
  absl::MutexLock lock(&mutex_);
  if (waiting_ >= options_.max_waiting) {
    return absl::UnavailableError(absl::StrCat(options_.name, ": ", waiting_, " wait already, try again later"));
  }
  const auto lane = lanes_.find(job.lane);
  Ticket ticket{.lane = job.lane};
  ticket.waits = lane != lanes_.end() && lane->second.runners >= options_.parallel;
  // Told under the lock: afterwards the task may be running.
  if (ticket.waits && job.waits != nullptr) job.waits();
  ticket.number = Push(job.lane, std::move(job.run));
  return ticket;
}

Queue::Load Queue::load() {
  absl::MutexLock lock(&mutex_);
  return {.waiting = waiting_, .running = running_};
}

void Queue::Continue(Task run) {
  absl::MutexLock lock(&mutex_);
  Push("", std::move(run));
}

uint64_t Queue::Push(const std::string& name, Task run) {
  Lane& lane = lanes_[name];
  lane.waiting.push_back({++last_number_, std::move(run)});
  ++waiting_;
  if (lane.runners < options_.parallel) {
    ++lane.runners;
    pool_.Post(options_.kind, [this, name] { Run(name); });
  }
  return last_number_;
}

Queue::Task Queue::Withdraw(const Ticket& ticket) {
  absl::MutexLock lock(&mutex_);
  const auto lane = lanes_.find(ticket.lane);
  if (lane == lanes_.end()) return nullptr;
  std::deque<Entry>& waiting = lane->second.waiting;
  const auto found =
      std::find_if(waiting.begin(), waiting.end(), [&](const Entry& entry) { return entry.number == ticket.number; });
  if (found == waiting.end()) return nullptr;
  Task run = std::move(found->run);
  waiting.erase(found);
  --waiting_;
  return run;
}

void Queue::Run(const std::string& name) {
  for (Task run = Next(name, /*goes_on=*/false); run != nullptr; run = Next(name, /*goes_on=*/true)) {
    run();
    run = nullptr;  // not under the lock
  }
}

Queue::Task Queue::Next(const std::string& name, bool goes_on) {
  absl::MutexLock lock(&mutex_);
  if (goes_on) --running_;
  const auto lane = lanes_.find(name);
  if (lane->second.waiting.empty()) {
    if (--lane->second.runners == 0) lanes_.erase(lane);
    return nullptr;
  }
  Task run = std::move(lane->second.waiting.front().run);
  lane->second.waiting.pop_front();
  --waiting_;
  ++running_;
  return run;
}

}  // namespace waybill::oci::work
