// SPDX-License-Identifier: Apache-2.0
#include "oci/content/copy_graph.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "oci/content/traced_source.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"
#include "oci/status_macros.h"
#include "oci/work/task_group.h"

namespace waybill::oci::content {
namespace {

using State = ProgressEvent::State;

// Real images nest index, manifest, layer; a registry or a file may claim anything.
constexpr int kMaxDepth = 16;
constexpr size_t kMaxNodes = 20'000;
// Manifests wait in memory for what they name.
constexpr int64_t kMaxManifestBytesInAll = 4 * image::kMaxManifestBytes;

bool IsDocument(const Descriptor& descriptor) {
  return image::IsIndex(descriptor.media_type) || image::IsManifest(descriptor.media_type);
}

// One copy. A node is visited once; it is delivered when all its successors are.
class GraphCopy {
 public:
  GraphCopy(const Context& context, Fetcher& from, Pusher& to, const CopyOptions& options)
      : from_(from), to_(to), options_(options), tasks_(context, options.parallel) {}

  absl::Status Run(const Descriptor& root) {
    {
      absl::MutexLock lock(&mutex_);
      ABSL_RETURN_IF_ERROR(Reach(root, nullptr).status());
    }
    return tasks_.Wait();
  }

 private:
  struct Node {
    explicit Node(Descriptor d) : descriptor(std::move(d)) {}
    const Descriptor descriptor;
    int depth = 0;
    bool delivered = false;
    int waiting_for = 0;         // successors that are not delivered
    std::vector<Node*> parents;  // that wait for this node
    std::string bytes;           // of a document between its visit and its delivery
  };

  absl::StatusOr<Node*> Reach(const Descriptor& descriptor, Node* parent) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Visit(const Context& context, Node& node);
  absl::Status VisitDocument(const Context& context, Node& node);
  absl::Status Expand(Node& node, std::string bytes);
  absl::Status Deliver(const Context& context, Node& node, std::unique_ptr<io::Source> source);
  void Delivered(Node& node);
  void ScheduleDocument(Node& node);

  Fetcher& from_;
  Pusher& to_;
  const CopyOptions& options_;
  absl::Mutex mutex_;
  std::map<Digest, Node> nodes_ ABSL_GUARDED_BY(mutex_);
  int64_t manifest_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  work::TaskGroup tasks_;  // last: its threads end before the rest goes
};

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

// The node of a descriptor, whose visit is scheduled when it is new.
absl::StatusOr<GraphCopy::Node*> GraphCopy::Reach(const Descriptor& descriptor, Node* parent) {
  const auto [found, added] = nodes_.try_emplace(descriptor.digest, descriptor);
  Node& node = found->second;
  if (added) {
    node.depth = parent == nullptr ? 0 : parent->depth + 1;
    if (node.depth > kMaxDepth) return AtSource(descriptor, InvalidInputError("manifests are nested too deeply"));
    if (nodes_.size() > kMaxNodes) return AtSource(descriptor, InvalidInputError("the image has too many blobs"));
    tasks_.Add([this, &node](const Context& context) { return Visit(context, node); });
  } else if (node.descriptor.size != descriptor.size || IsDocument(node.descriptor) != IsDocument(descriptor)) {
    return AtSource(descriptor, InvalidInputError("it is described in two ways that contradict each other"));
  }
  return &node;
}

absl::Status GraphCopy::Visit(const Context& context, Node& node) {
  const Descriptor& descriptor = node.descriptor;
  Tell(context, descriptor, State::kChecking);
  const absl::StatusOr<bool> exists = to_.Exists(context, descriptor);
  if (!exists.ok()) return AtDestination(descriptor, exists.status());
  if (*exists && (options_.trust_manifests || !IsDocument(descriptor))) {
    Tell(context, descriptor, State::kExists);
    Delivered(node);
    return absl::OkStatus();
  }
  if (IsDocument(descriptor)) return VisitDocument(context, node);
  absl::StatusOr<std::unique_ptr<io::Source>> source = from_.Fetch(context, descriptor);
  if (!source.ok()) return AtSource(descriptor, source.status());
  return Deliver(context, node, *std::move(source));
}

absl::Status GraphCopy::VisitDocument(const Context& context, Node& node) {
  absl::StatusOr<std::string> bytes = VerifiedBytes(context, from_, node.descriptor, image::kMaxManifestBytes);
  if (!bytes.ok()) return AtSource(node.descriptor, bytes.status());
  return Expand(node, *std::move(bytes));
}

absl::Status GraphCopy::Expand(Node& node, std::string bytes) {
  const absl::StatusOr<std::vector<Descriptor>> successors = image::Successors(node.descriptor.media_type, bytes);
  if (!successors.ok()) return AtSource(node.descriptor, successors.status());
  bool ready = false;
  {
    absl::MutexLock lock(&mutex_);
    manifest_bytes_ += static_cast<int64_t>(bytes.size());
    if (manifest_bytes_ > kMaxManifestBytesInAll) {
      return AtSource(node.descriptor, InvalidInputError("the image's manifests are too large in all"));
    }
    node.bytes = std::move(bytes);
    for (const Descriptor& successor : *successors) {
      if (options_.skip_non_distributable && image::IsNonDistributable(successor.media_type)) continue;
      ABSL_ASSIGN_OR_RETURN(Node * child, Reach(successor, &node));
      if (child->delivered) continue;
      child->parents.push_back(&node);
      ++node.waiting_for;
    }
    ready = node.waiting_for == 0;
  }
  if (ready) ScheduleDocument(node);
  return absl::OkStatus();
}

absl::Status GraphCopy::Deliver(const Context& context, Node& node, std::unique_ptr<io::Source> source) {
  const Descriptor& descriptor = node.descriptor;
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
  Delivered(node);
  return absl::OkStatus();
}

void GraphCopy::Delivered(Node& node) {
  std::vector<Node*> ready;
  {
    absl::MutexLock lock(&mutex_);
    node.delivered = true;
    for (Node* const parent : node.parents) {
      if (--parent->waiting_for == 0) ready.push_back(parent);
    }
  }
  for (Node* const parent : ready) ScheduleDocument(*parent);
}

void GraphCopy::ScheduleDocument(Node& node) {
  tasks_.Add([this, &node](const Context& context) {
    return Deliver(context, node, std::make_unique<io::StringSource>(std::move(node.bytes)));
  });
}

}  // namespace

absl::Status CopyGraph(const Context& context, Fetcher& from, Pusher& to, const Descriptor& root,
                       const CopyOptions& options) {
  ABSL_RETURN_IF_ERROR(context.Check());
  return GraphCopy(context, from, to, options).Run(root);
}

}  // namespace waybill::oci::content
