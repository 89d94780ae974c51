// SPDX-License-Identifier: Apache-2.0
#include "oci/content/graph.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/image/layer_type.h"
#include "oci/image/media_types.h"
#include "oci/status_macros.h"

namespace waybill::oci::content {
namespace {

absl::Status At(const Descriptor& descriptor, const absl::Status& status) {
  return Annotate(status, absl::StrCat("blob ", descriptor.digest.ToString()));
}

bool HasDocumentType(const Descriptor& descriptor) {
  return image::IsIndex(descriptor.media_type) || image::IsManifest(descriptor.media_type);
}

class Walk {
 public:
  Walk(const Context& context, Fetcher& from, const WalkOptions& options, GraphBudget& budget)
      : context_(context), from_(from), options_(options), budget_(budget) {}

  absl::Status Run(const Descriptor& root) {
    ABSL_RETURN_IF_ERROR(Reach(root, HasDocumentType(root)));
    while (!open_.empty()) {
      Open& last = open_.back();
      if (last.next == last.node.successors.size()) {
        Close(std::move(last.node));
        open_.pop_back();
        continue;
      }
      const Descriptor& successor = last.node.successors[last.next++];
      const bool in_index = image::IsIndex(last.node.descriptor.media_type);
      // `last` is invalid after this.
      ABSL_RETURN_IF_ERROR(Reach(successor, in_index && HasDocumentType(successor)));
    }
    return absl::OkStatus();
  }

  Graph Take() { return std::move(graph_); }

 private:
  // A document whose successors are being visited.
  struct Open {
    GraphNode node;
    size_t next = 0;  // successor
  };
  struct Seen {
    int64_t size;
    bool is_document;
  };

  // By value: `descriptor` may be part of a document that moves.
  absl::Status Reach(Descriptor descriptor, bool is_document) {
    const auto [seen, added] = seen_.emplace(descriptor.digest, Seen{descriptor.size, is_document});
    if (!added) {
      const bool sizes_differ = descriptor.size >= 0 && seen->second.size >= 0 && descriptor.size != seen->second.size;
      if (!sizes_differ && seen->second.is_document == is_document) return absl::OkStatus();
      return At(descriptor, InvalidInputError("it is described in two ways that contradict each other"));
    }
    if (open_.size() > kMaxGraphDepth) {
      return At(descriptor, InvalidInputError("the image's manifests are nested too deeply"));
    }
    ABSL_RETURN_IF_ERROR(At(descriptor, budget_.Count()));
    GraphNode node{.descriptor = std::move(descriptor), .is_document = is_document};
    bool enter = is_document;
    if (enter && options_.enter != nullptr) {
      ABSL_ASSIGN_OR_RETURN(enter, options_.enter(node.descriptor));
    }
    if (enter) ABSL_RETURN_IF_ERROR(ReadDocument(node));
    if (!node.was_read) {
      Close(std::move(node));
    } else {
      open_.push_back({.node = std::move(node)});
    }
    return absl::OkStatus();
  }

  absl::Status ReadDocument(GraphNode& node) {
    const Descriptor& descriptor = node.descriptor;
    absl::StatusOr<std::string> bytes = budget_.Read(context_, from_, descriptor);
    if (!bytes.ok() && options_.keep_missing && !open_.empty() && ReasonOf(bytes.status()) == Reason::kNotFound) {
      node.is_missing = true;
      return absl::OkStatus();
    }
    if (!bytes.ok()) return bytes.status();
    absl::StatusOr<std::vector<Descriptor>> successors = image::Successors(descriptor.media_type, *bytes);
    if (!successors.ok()) return At(descriptor, successors.status());
    node.successors = *std::move(successors);
    if (options_.skip_non_distributable && image::IsManifest(descriptor.media_type)) {
      std::erase_if(node.successors, [](const Descriptor& d) { return image::IsNonDistributable(d.media_type); });
    }
    node.bytes = *std::move(bytes);
    node.was_read = true;
    return absl::OkStatus();
  }

  void Close(GraphNode node) {
    graph_.places.emplace(node.descriptor.digest, graph_.nodes.size());
    graph_.nodes.push_back(std::move(node));
  }

  const Context& context_;
  Fetcher& from_;
  const WalkOptions& options_;
  GraphBudget& budget_;
  std::map<Digest, Seen> seen_;
  std::vector<Open> open_;  // from the root down
  Graph graph_;
};

}  // namespace

absl::StatusOr<std::string> GraphBudget::Read(const Context& context, Fetcher& from, const Descriptor& document) {
  absl::StatusOr<std::string> bytes = VerifiedBytes(context, from, document, image::kMaxManifestBytes);
  if (!bytes.ok()) return At(document, bytes.status());
  bytes_ += static_cast<int64_t>(bytes->size());
  if (bytes_ > kMaxGraphBytes) {
    return At(document, InvalidInputError("the image's manifests and configs are too large in all"));
  }
  return bytes;
}

absl::Status GraphBudget::Count() {
  if (++nodes_ <= kMaxGraphNodes) return absl::OkStatus();
  return InvalidInputError("the image has too many manifests and blobs");
}

const GraphNode* Graph::Find(const Digest& digest) const {
  const auto found = places.find(digest);
  return found == places.end() ? nullptr : &nodes[found->second];
}

absl::StatusOr<Graph> ReadGraph(const Context& context, Fetcher& from, const std::vector<Descriptor>& roots,
                                const WalkOptions& options, GraphBudget& budget) {
  Walk walk(context, from, options, budget);
  for (const Descriptor& root : roots) ABSL_RETURN_IF_ERROR(walk.Run(root));
  return walk.Take();
}

}  // namespace waybill::oci::content
