// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/executor.h"

#include "absl/strings/str_cat.h"

namespace waybill::exporter::service {

Executor::Executor(std::string name, int threads, size_t max_waiting)
    : name_(std::move(name)), max_waiting_(max_waiting) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

Executor::~Executor() {
  {
    absl::MutexLock lock(&mutex_);
    closing_ = true;
  }
  threads_.clear();
}

absl::Status Executor::Submit(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  if (tasks_.size() >= max_waiting_) {
    return absl::UnavailableError(absl::StrCat(name_, ": ", tasks_.size(), " wait already, try again later"));
  }
  tasks_.push_back(std::move(task));
  return absl::OkStatus();
}

void Executor::Continue(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  tasks_.push_back(std::move(task));
}

void Executor::Work() {
  while (true) {
    std::function<void()> task;
    {
      absl::MutexLock lock(&mutex_, absl::Condition(this, &Executor::HasWork));
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace waybill::exporter::service
