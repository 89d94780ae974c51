// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/executor.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace waybill::exporter::rpc {

Executor::Executor(std::string name, int threads, size_t max_waiting)
    : name_(std::move(name)), max_waiting_(max_waiting), idle_(static_cast<size_t>(threads)) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

Executor::~Executor() {
  {
    absl::MutexLock lock(&mutex_);
    closing_ = true;
  }
  threads_.clear();
}

absl::StatusOr<Executor::Ticket> Executor::Submit(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  if (tasks_.size() >= max_waiting_) {
    return absl::UnavailableError(absl::StrCat(name_, ": ", tasks_.size(), " wait already, try again later"));
  }
  const Ticket ticket{.number = ++last_number_, .waits = tasks_.size() >= idle_};
  tasks_.push_back({ticket.number, std::move(task)});
  return ticket;
}

bool Executor::Withdraw(const Ticket& ticket) {
  absl::MutexLock lock(&mutex_);
  const auto found =
      std::find_if(tasks_.begin(), tasks_.end(), [&](const Task& task) { return task.number == ticket.number; });
  if (found == tasks_.end()) return false;
  tasks_.erase(found);
  return true;
}

void Executor::Continue(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  tasks_.push_back({++last_number_, std::move(task)});
}

void Executor::Work() {
  while (true) {
    std::function<void()> run;
    {
      absl::MutexLock lock(&mutex_, absl::Condition(this, &Executor::HasWork));
      if (tasks_.empty()) return;
      run = std::move(tasks_.front().run);
      tasks_.pop_front();
      --idle_;
    }
    run();
    run = nullptr;
    absl::MutexLock lock(&mutex_);
    ++idle_;
  }
}

}  // namespace waybill::exporter::rpc
