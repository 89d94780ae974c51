// SPDX-License-Identifier: Apache-2.0
// Threads that take jobs off one queue, and callers that help while they wait.
#ifndef WAYBILL_OCI_DEFLATE_WORKERS_H_
#define WAYBILL_OCI_DEFLATE_WORKERS_H_

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace waybill::oci::deflate {

// A piece of work that never blocks and cannot fail. Its owner waits for it with Workers::Finish before it changes or
// destroys anything that the work uses, the job included.
struct Job {
  std::function<void()> work;
  bool done = true;  // guarded by the mutex of the workers
};

// Runs jobs in the order in which they come. Thread-safe.
class Workers {
 public:
  // At most `threads` threads, started when there is something to do. With 0 all work is done by callers that wait.
  explicit Workers(int threads) : most_threads_(threads) {}
  // No job may be left.
  ~Workers();

  // `job` is done, or new.
  void Start(Job& job, std::function<void()> work);
  // Waits for `job`, which may be done already, and does other jobs that come before it meanwhile.
  void Finish(Job& job);

  int threads() const { return most_threads_; }

 private:
  void Serve();
  // Takes the first job off the queue and runs it without the lock.
  void RunFirst() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int most_threads_;
  absl::Mutex mutex_;
  std::deque<Job*> queue_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::jthread> threads_ ABSL_GUARDED_BY(mutex_);
  int idle_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace waybill::oci::deflate

#endif  // WAYBILL_OCI_DEFLATE_WORKERS_H_
