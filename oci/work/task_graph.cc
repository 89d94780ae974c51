// SPDX-License-Identifier: Apache-2.0
#include "oci/work/task_graph.h"

#include <utility>

#include "oci/status_macros.h"

namespace waybill::oci::work {

TaskGraph::Node TaskGraph::Add(TaskGroup::Task task, const std::vector<Node>& after) {
  const Node node = steps_.size();
  steps_.push_back({std::move(task), {}});
  for (const Node earlier : after) steps_[earlier].next.push_back(node);
  absl::MutexLock lock(&mutex_);
  waits_for_.push_back(after.size());
  return node;
}

absl::Status TaskGraph::Run(const Context& context, int parallel) {
  std::vector<Node> first;
  {
    absl::MutexLock lock(&mutex_);
    for (Node node = 0; node < steps_.size(); ++node) {
      if (waits_for_[node] == 0) first.push_back(node);
    }
  }
  TaskGroup group(context, parallel);
  for (const Node node : first) Start(group, node);
  return group.Wait();
}

void TaskGraph::Start(TaskGroup& group, Node node) {
  group.Add([this, &group, node](const Context& context) {
    ABSL_RETURN_IF_ERROR(steps_[node].task(context));
    std::vector<Node> ready;
    {
      absl::MutexLock lock(&mutex_);
      for (const Node next : steps_[node].next) {
        if (--waits_for_[next] == 0) ready.push_back(next);
      }
    }
    for (const Node next : ready) Start(group, next);
    return absl::OkStatus();
  });
}

}  // namespace waybill::oci::work
