// SPDX-License-Identifier: Apache-2.0
// Blocking work that comes at any time, in order, with bounds: the calls of a service, the exports of a bridge.
#ifndef WAYBILL_OCI_WORK_QUEUE_H_
#define WAYBILL_OCI_WORK_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "oci/work/pool.h"

namespace waybill::oci::work {

// Tasks of one lane run in the order in which they came, so many at a time; lanes do not wait for each other. A task
// has no status: whoever submits it learns of its failure from the task itself. Thread-safe.
class Queue {
 public:
  using Task = Pool::Task;
  struct Options {
    std::string name;        // for the error of Submit
    int parallel = 1;        // tasks of one lane at a time
    size_t max_waiting = 0;  // tasks that have not begun, in all lanes
    Pool::Kind kind = Pool::Kind::kBrief;
  };
  // The pool outlives the queue.
  explicit Queue(const Options& options, Pool& pool = Pool::OfProcess());
  // Runs what was submitted, then ends.
  ~Queue();

  struct Job {
    std::string lane;
    Task waits;  // called before Submit returns when other tasks of the lane come first; must not block; may be null
    Task run;    // may block
  };
  struct Ticket {
    std::string lane;
    uint64_t number = 0;
    bool waits = false;  // for other tasks of the lane
  };
  // UNAVAILABLE when too many tasks wait: try again later.
  absl::StatusOr<Ticket> Submit(Job job);
  absl::StatusOr<Ticket> Submit(Task run) { return Submit(Job{.lane = "", .waits = nullptr, .run = std::move(run)}); }
  // Takes back a task that has not begun: it never will. Null when it has.
  Task Withdraw(const Ticket& ticket);
  struct Load {
    size_t waiting = 0;  // tasks that have not begun
    size_t running = 0;
  };
  // Of all lanes, now.
  Load load();
  // The next step of work that Submit took: never refused.
  void Continue(Task run);

 private:
  struct Entry {
    uint64_t number;
    Task run;
  };
  struct Lane {
    int runners = 0;  // posted to the pool or running there
    std::deque<Entry> waiting;
  };

  uint64_t Push(const std::string& name, Task run) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Runs the lane's tasks until there are none.
  void Run(const std::string& name);
  // The lane's next task, after one when `goes_on`. Null ends a runner.
  Task Next(const std::string& name, bool goes_on);
  bool Empty() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return lanes_.empty(); }

  const Options options_;
  Pool& pool_;
  absl::Mutex mutex_;
  std::map<std::string, Lane> lanes_ ABSL_GUARDED_BY(mutex_);  // those with a runner
  size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t running_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace waybill::oci::work

#endif  // WAYBILL_OCI_WORK_QUEUE_H_
