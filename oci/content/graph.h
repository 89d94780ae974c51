// SPDX-License-Identifier: Apache-2.0
// The graph of an image: index, manifests, configs and layers. The one walk of it, within one set of bounds: copies,
// pushes and imports take the same images and refuse the same images.
#ifndef WAYBILL_OCI_CONTENT_GRAPH_H_
#define WAYBILL_OCI_CONTENT_GRAPH_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/image/manifest.h"

namespace waybill::oci::content {

// Real images nest index, manifest, layer; a registry or a file may claim anything.
inline constexpr int kMaxGraphDepth = 16;
inline constexpr size_t kMaxGraphNodes = 20'000;
// Documents (manifests, indexes, configs that are read) wait in memory for what they name.
inline constexpr int64_t kMaxGraphBytes = 4 * image::kMaxManifestBytes;

// What the documents of one image have cost so far. Not thread-safe.
class GraphBudget {
 public:
  // The document's verified bytes. Errors: those of VerifiedBytes with the digest; INVALID_ARGUMENT when this one makes
  // the documents too large in all.
  absl::StatusOr<std::string> Read(const Context& context, Fetcher& from, const Descriptor& document);
  // One more manifest or blob. INVALID_ARGUMENT when there are too many.
  absl::Status Count();

 private:
  int64_t bytes_ = 0;
  size_t nodes_ = 0;
};

struct GraphNode {
  Descriptor descriptor;     // as the first document that names it has it
  bool is_document = false;  // a manifest or an index: a root, or listed in an index
  bool was_read = false;     // never for blobs; false for documents that `enter` keeps out and that are missing
  bool is_missing = false;   // a document that the source does not have (WalkOptions::keep_missing)
  std::string bytes;         // of a document that was read
  std::vector<Descriptor> successors;  // what the document names, in its order; not its subject
};

struct Graph {
  // Each digest once. What a document names comes before the document.
  std::vector<GraphNode> nodes;
  std::map<Digest, size_t> places;  // in `nodes`

  // nullptr when the graph does not reach it.
  const GraphNode* Find(const Digest& digest) const;
};

struct WalkOptions {
  // Non-distributable layers are no successors.
  bool skip_non_distributable = false;
  // A document that the source does not have (NOT_FOUND) is a node without successors, unless it is a root.
  bool keep_missing = false;
  // Asked once for each document before it is read: false leaves it unread. Null: all are read. An error ends the walk
  // and comes out as it is.
  std::function<absl::StatusOr<bool>(const Descriptor&)> enter = nullptr;
};

// Reads the documents under `roots` one after the other. A digest is visited once, so that cycles end. What a manifest
// names are blobs, whatever their media types say; roots and what an index lists are documents or blobs by their media
// types. Errors: those of the source with "blob <digest>"; INVALID_ARGUMENT for malformed documents, for graphs beyond
// the bounds, and for one digest with two sizes or as document and blob.
absl::StatusOr<Graph> ReadGraph(const Context& context, Fetcher& from, const std::vector<Descriptor>& roots,
                                const WalkOptions& options, GraphBudget& budget);

}  // namespace waybill::oci::content

#endif  // WAYBILL_OCI_CONTENT_GRAPH_H_
