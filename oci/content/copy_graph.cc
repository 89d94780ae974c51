// SPDX-License-Identifier: Apache-2.0
#include "oci/content/copy_graph.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "oci/content/graph.h"
#include "oci/content/traced_source.h"
#include "oci/error.h"
#include "oci/io/string.h"
#include "oci/status_macros.h"
#include "oci/work/task_graph.h"

namespace waybill::oci::content {
namespace {

using State = ProgressEvent::State;

absl::Status AtSource(const Descriptor& descriptor, const absl::Status& status) {
  return Annotate(status, absl::StrCat("source: blob ", descriptor.digest.ToString()));
}

absl::Status AtDestination(const Descriptor& descriptor, const absl::Status& status) {
  return Annotate(status, absl::StrCat("destination: blob ", descriptor.digest.ToString()));
}

void Tell(const Context& context, const Descriptor& descriptor, State state) {
  const int64_t size = std::max<int64_t>(descriptor.size, 0);
  const bool there = state == State::kDone || state == State::kExists;
  context.Report({.item = descriptor.digest.ToString(), .state = state, .current = there ? size : 0, .total = size});
}

class GraphCopy {
 public:
  GraphCopy(const Context& context, Fetcher& from, Pusher& to, const CopyOptions& options)
      : context_(context), from_(from), to_(to), options_(options) {}

  absl::Status Run(const Descriptor& root) {
    GraphBudget budget;
    absl::StatusOr<Graph> read = ReadGraph(context_, from_, {root},
                                           {.skip_non_distributable = options_.skip_non_distributable,
                                            .enter = [this](const Descriptor& d) { return IsWanted(d); }},
                                           budget);
    if (!destination_.ok()) return destination_;
    if (!read.ok()) return Annotate(read.status(), "source");
    graph_ = *std::move(read);
    work::TaskGraph tasks;
    std::vector<work::TaskGraph::Node> steps;  // as graph_.nodes
    for (GraphNode& node : graph_.nodes) {
      std::vector<work::TaskGraph::Node> after;
      for (const Descriptor& successor : node.successors) after.push_back(steps[graph_.places.at(successor.digest)]);
      steps.push_back(tasks.Add([this, &node](const Context& context) { return Visit(context, node); }, after));
    }
    return tasks.Run(context_, options_.parallel);
  }

 private:
  // Whether a document has to be read.
  absl::StatusOr<bool> IsWanted(const Descriptor& descriptor) {
    Tell(context_, descriptor, State::kChecking);
    if (!options_.trust_manifests) return true;
    const absl::StatusOr<bool> exists = to_.Exists(context_, descriptor);
    if (!exists.ok()) return destination_ = AtDestination(descriptor, exists.status());
    if (*exists) Tell(context_, descriptor, State::kExists);
    return !*exists;
  }

  absl::Status Visit(const Context& context, GraphNode& node) {
    if (!node.is_document) return VisitBlob(context, node.descriptor);
    if (!node.was_read) return absl::OkStatus();  // it is there
    return Deliver(context, node.descriptor, std::make_unique<io::StringSource>(std::move(node.bytes)));
  }

  absl::Status VisitBlob(const Context& context, const Descriptor& descriptor) {
    Span span(context, "blob");
    if (span.recorded()) span.Set("waybill.blob.digest", descriptor.digest.ToString());
    span.Set("waybill.blob.size", descriptor.size);
    return span.Close(CopyBlob(span.context(), descriptor));
  }

  absl::Status CopyBlob(const Context& context, const Descriptor& descriptor) {
    Tell(context, descriptor, State::kChecking);
    const absl::StatusOr<bool> exists = to_.Exists(context, descriptor);
    if (!exists.ok()) return AtDestination(descriptor, exists.status());
    if (*exists) {
      Tell(context, descriptor, State::kExists);
      return absl::OkStatus();
    }
    absl::StatusOr<std::unique_ptr<io::Source>> source = from_.Fetch(context, descriptor);
    if (!source.ok()) return AtSource(descriptor, source.status());
    return Deliver(context, descriptor, *std::move(source));
  }

  absl::Status Deliver(const Context& context, const Descriptor& descriptor, std::unique_ptr<io::Source> source) {
    Tell(context, descriptor, State::kTransferring);
    const auto failed = std::make_shared<std::atomic<bool>>(false);
    const absl::Status pushed = to_.Push(
        context, {.descriptor = descriptor,
                  .source = std::make_unique<TracedSource>(std::move(source), descriptor.digest.ToString(), failed)});
    if (!pushed.ok()) {
      // Bytes that turn out wrong were wrong where they came from.
      if (*failed) return pushed;
      return ReasonOf(pushed) == Reason::kVerification ? Annotate(pushed, "source") : AtDestination(descriptor, pushed);
    }
    Tell(context, descriptor, State::kDone);
    return absl::OkStatus();
  }

  const Context& context_;
  Fetcher& from_;
  Pusher& to_;
  const CopyOptions& options_;
  absl::Status destination_;  // what it answered during the walk
  Graph graph_;
};

}  // namespace

absl::Status CopyGraph(const Context& context, Fetcher& from, Pusher& to, const Descriptor& root,
                       const CopyOptions& options) {
  ABSL_RETURN_IF_ERROR(context.Check());
  return GraphCopy(context, from, to, options).Run(root);
}

}  // namespace waybill::oci::content
