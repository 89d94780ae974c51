// SPDX-License-Identifier: Apache-2.0
// Moves everything that a root reaches from one place to another: the one delivery.
#ifndef WAYBILL_OCI_CONTENT_COPY_GRAPH_H_
#define WAYBILL_OCI_CONTENT_COPY_GRAPH_H_

#include "absl/status/status.h"
#include "oci/content/content.h"

namespace waybill::oci::content {

struct CopyOptions {
  // Blobs in flight at once.
  int parallel = 4;
  // Non-distributable layers stay where they are (registries); archives and layouts take them along.
  bool skip_non_distributable = false;
  // A manifest that is there vouches for all it names, as registries see to. Unset, what it names is looked for all the
  // same: a layout may have lost blobs, or have been cut off while it was written.
  bool trust_manifests = true;
};

// Copies the graph under `root`: leaves first, each digest once, a manifest only after everything it names, the root
// last. Blobs that `to` has already are not read. `subject` is not followed. The first failure stops the rest.
// Errors carry "source: " or "destination: " and the digest.
absl::Status CopyGraph(const Context& context, Fetcher& from, Pusher& to, const Descriptor& root,
                       const CopyOptions& options);

}  // namespace waybill::oci::content

#endif  // WAYBILL_OCI_CONTENT_COPY_GRAPH_H_
