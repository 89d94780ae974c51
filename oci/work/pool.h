// SPDX-License-Identifier: Apache-2.0
// The threads of a process for work that blocks. TaskGroup and Queue say how much of it runs at once.
#ifndef WAYBILL_OCI_WORK_POOL_H_
#define WAYBILL_OCI_WORK_POOL_H_

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace waybill::oci::work {

// Threads start when they are needed, up to a limit, and most end when they are idle. Thread-safe.
class Pool {
 public:
  // Which work may take the last threads. Long work that blocks on peers must not keep brief work from running, and
  // help must not keep other long work from beginning, because whoever waits for a group of tasks runs them itself.
  enum class Kind {
    kBrief,  // soon ends whatever a peer does, such as work on the disk: all threads
    kLong,   // may wait for peers, such as an export: all but 32 threads
    kHelp,   // parts of long work: half of the threads
  };
  using Task = std::function<void()>;

  explicit Pool(int threads);
  // Runs what was posted, then ends.
  ~Pool();

  // Runs the task when there is a thread for its kind. Nothing is refused here: whoever posts bounds how much.
  void Post(Kind kind, Task task);

  // The one that everything uses but tests: 256 threads at most, for the whole life of the process.
  static Pool& OfProcess();

 private:
  static constexpr size_t kKinds = 3;

  void Work(std::list<std::jthread>::iterator self);
  size_t Limit(size_t kind) const;
  // The first kind that has a task and may run; kKinds when there is none.
  size_t NextKind() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MayGoOn() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return closing_ || NextKind() < kKinds; }
  bool Done() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return busy_ == 0 && Waiting() == 0; }
  bool Ended() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return threads_.empty(); }
  size_t Waiting() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t max_threads_;
  absl::Mutex mutex_;
  std::array<std::deque<Task>, kKinds> tasks_ ABSL_GUARDED_BY(mutex_);
  size_t busy_ ABSL_GUARDED_BY(mutex_) = 0;  // threads that run a task
  size_t idle_ ABSL_GUARDED_BY(mutex_) = 0;  // threads that wait for one
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::list<std::jthread> threads_ ABSL_GUARDED_BY(mutex_);
  std::list<std::jthread> ended_ ABSL_GUARDED_BY(mutex_);  // but for their last instructions
};

}  // namespace waybill::oci::work

#endif  // WAYBILL_OCI_WORK_POOL_H_
