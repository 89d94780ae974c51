// SPDX-License-Identifier: Apache-2.0
// Work that spreads over a few threads and ends together.
#ifndef WAYBILL_OCI_WORK_TASK_GROUP_H_
#define WAYBILL_OCI_WORK_TASK_GROUP_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "oci/context.h"
#include "oci/work/pool.h"

namespace waybill::oci::work {

// Runs at most `parallel` tasks at once, on threads of the pool and on the one that waits. So a group ends even when
// the pool has no thread to spare, and groups within groups need no threads of their own. A task must not wait for a
// task of its group that has not begun; TaskGraph is for those. The first task that fails stops the others through
// their context, and tasks that have not begun are dropped: Wait returns that failure, so call it. Work without an
// error to return belongs in a Queue. Thread-safe: a task may add tasks.
class TaskGroup {
 public:
  using Task = std::function<absl::Status(const Context&)>;

  // The pool outlives the group.
  TaskGroup(const Context& outer, int parallel, Pool& pool = Pool::OfProcess());
  // Stops what still runs and waits for it.
  ~TaskGroup();

  void Add(Task task);
  // Works until nothing is left to do; call it once. The first failure, or that of the outer context.
  absl::Status Wait();

 private:
  struct State;

  Pool& pool_;
  // Shared: a thread of the pool may come when the group has ended already.
  const std::shared_ptr<State> state_;
};

}  // namespace waybill::oci::work

#endif  // WAYBILL_OCI_WORK_TASK_GROUP_H_
