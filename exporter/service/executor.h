// SPDX-License-Identifier: Apache-2.0
// Threads for the blocking work behind the service: reactors hand it over and never block themselves.
#ifndef WAYBILL_EXPORTER_SERVICE_EXECUTOR_H_
#define WAYBILL_EXPORTER_SERVICE_EXECUTOR_H_

#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace waybill::exporter::service {

// A fixed number of threads and a bounded queue. Thread-safe.
class Executor {
 public:
  // `name` is for the error of Submit.
  Executor(std::string name, int threads, size_t max_waiting);
  // Runs what was submitted, then ends.
  ~Executor();

  // Runs `task` on one of the threads, in order of submission. UNAVAILABLE when too many tasks wait: try again later.
  absl::Status Submit(std::function<void()> task);
  // The next step of a call that Submit took: never refused.
  void Continue(std::function<void()> task);

 private:
  void Work();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !tasks_.empty() || closing_; }

  const std::string name_;
  const size_t max_waiting_;
  absl::Mutex mutex_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mutex_);
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_;
};

}  // namespace waybill::exporter::service

#endif  // WAYBILL_EXPORTER_SERVICE_EXECUTOR_H_
