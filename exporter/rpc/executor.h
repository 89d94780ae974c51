// SPDX-License-Identifier: Apache-2.0
// Threads for the blocking work behind the service: reactors hand it over and never block themselves.
#ifndef WAYBILL_EXPORTER_RPC_EXECUTOR_H_
#define WAYBILL_EXPORTER_RPC_EXECUTOR_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace waybill::exporter::rpc {

// A fixed number of threads and a bounded queue. Thread-safe.
class Executor {
 public:
  // `name` is for the error of Submit.
  Executor(std::string name, int threads, size_t max_waiting);
  // Runs what was submitted, then ends.
  ~Executor();

  struct Ticket {
    uint64_t number = 0;
    bool waits = false;  // no thread was free
  };
  // Runs `task` on one of the threads, in order of submission. UNAVAILABLE when too many tasks wait: try again later.
  absl::StatusOr<Ticket> Submit(std::function<void()> task);
  // True when the task had not begun: it never will.
  bool Withdraw(const Ticket& ticket);
  // The next step of a call that Submit took: never refused.
  void Continue(std::function<void()> task);

 private:
  struct Task {
    uint64_t number;
    std::function<void()> run;
  };

  void Work();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !tasks_.empty() || closing_; }

  const std::string name_;
  const size_t max_waiting_;
  absl::Mutex mutex_;
  std::deque<Task> tasks_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t idle_ ABSL_GUARDED_BY(mutex_) = 0;  // threads that wait for a task
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_;
};

}  // namespace waybill::exporter::rpc

#endif  // WAYBILL_EXPORTER_RPC_EXECUTOR_H_
