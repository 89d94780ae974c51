// SPDX-License-Identifier: Apache-2.0
// Jobs on threads of the pool, taken off one queue, and callers that help while they wait.
#ifndef WAYBILL_OCI_DEFLATE_WORKERS_H_
#define WAYBILL_OCI_DEFLATE_WORKERS_H_

#include <functional>
#include <memory>

#include "oci/work/pool.h"

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
  // Takes at most `threads` threads of the pool, which outlives it, while there is something to do. With 0 all work is
  // done by callers that wait, and so it is while the pool has no thread to spare.
  explicit Workers(int threads, work::Pool& pool = work::Pool::OfProcess());
  // No job may be left.
  ~Workers();

  // `job` is done, or new.
  void Start(Job& job, std::function<void()> work);
  // Waits for `job`, which may be done already, and does other jobs that come before it meanwhile.
  void Finish(Job& job);

  int threads() const { return most_threads_; }

 private:
  struct State;

  const int most_threads_;
  work::Pool& pool_;
  // Shared: a thread of the pool may come when there is nothing left to do.
  const std::shared_ptr<State> state_;
};

}  // namespace waybill::oci::deflate

#endif  // WAYBILL_OCI_DEFLATE_WORKERS_H_
