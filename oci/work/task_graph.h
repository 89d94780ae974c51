// SPDX-License-Identifier: Apache-2.0
// Work whose parts wait for each other.
#ifndef WAYBILL_OCI_WORK_TASK_GRAPH_H_
#define WAYBILL_OCI_WORK_TASK_GRAPH_H_

#include <cstddef>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "oci/context.h"
#include "oci/work/task_group.h"

namespace waybill::oci::work {

// Add everything, then Run once. A task may wait only for tasks that were added before it, so that there are no cycles.
class TaskGraph {
 public:
  using Node = size_t;

  // `after` may name a node more than once.
  Node Add(TaskGroup::Task task, const std::vector<Node>& after);
  // Each task as soon as those before it are done, in the order of Add where that leaves a choice, as TaskGroup runs
  // them: after a failure nothing starts any more.
  absl::Status Run(const Context& context, int parallel);

 private:
  struct Step {
    TaskGroup::Task task;
    std::vector<Node> next;  // that wait for this one
  };
  void Start(TaskGroup& group, Node node);

  std::vector<Step> steps_;
  absl::Mutex mutex_;
  std::vector<size_t> waits_for_ ABSL_GUARDED_BY(mutex_);  // by node: how many
};

}  // namespace waybill::oci::work

#endif  // WAYBILL_OCI_WORK_TASK_GRAPH_H_
