// SPDX-License-Identifier: Apache-2.0
// The role of a place where images are put, whatever the place is: a registry, a layout in a directory, an archive.
#ifndef WAYBILL_OCI_PLACES_PUBLISHER_H_
#define WAYBILL_OCI_PLACES_PUBLISHER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/registry/push/push_request.h"

namespace waybill::oci::places {

// A manifest that is found by its own tag alone, as cosign's signatures under "sha256-<hex>.sig" are.
struct Companion {
  Descriptor manifest;
  std::string tag;
};

struct Publication {
  Descriptor root;
  std::vector<std::string> tags;      // of the root; a layout takes whole image names too
  std::vector<Descriptor> referrers;  // manifests about the root, about what it lists, or about each other
  std::vector<Companion> companions;
  std::vector<registry::push::SharedTagEdit> shared_tags = {};  // of a registry
  content::Fetcher& content;
};

// Not thread-safe.
class Publisher {
 public:
  virtual ~Publisher() = default;
  // Puts everything there, and the tags of the root last: when it fails they are as they were. Manifests keep their
  // bytes. A tag of a companion is written before, and replaces another manifest under that name. May be called for
  // several roots. UNIMPLEMENTED for shared tags elsewhere. `subjects` of the report are those of a registry;
  // `requests` and bytes count what went to one.
  virtual absl::StatusOr<registry::push::PushReport> Publish(const Context& context,
                                                             const Publication& publication) = 0;
  // Ends the delivery: an archive is written here, and until then the contents of its publications must live. Called
  // once, after the last Publish. Dropped without it, an archive is not there.
  virtual absl::Status Finish(const Context& context) = 0;
};

}  // namespace waybill::oci::places

#endif  // WAYBILL_OCI_PLACES_PUBLISHER_H_
