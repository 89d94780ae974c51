// SPDX-License-Identifier: Apache-2.0
// What a push consists of: every manifest that a root reaches, in the order in which registries accept them.
#ifndef WAYBILL_OCI_REGISTRY_PUSH_PUSH_PLAN_H_
#define WAYBILL_OCI_REGISTRY_PUSH_PUSH_PLAN_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"

namespace waybill::oci::registry::push {

struct PlannedManifest {
  Descriptor descriptor;
  std::string bytes;
  std::vector<Descriptor> blobs;  // config and layers; those that are not distributable left out
  std::vector<Digest> children;   // manifests of an index
  std::optional<Descriptor> subject;
  // For a manifest with a subject: its entry in a list of referrers (distribution-spec, "Listing Referrers").
  Descriptor referrer;
  // An attestation, by its subject or by the annotations of its index entry, and the image that it is about: pushed
  // after that.
  bool attestation = false;
  std::optional<Digest> about;
};

struct PushPlan {
  std::vector<PlannedManifest> images;
  std::vector<PlannedManifest> attestations;
  std::vector<PlannedManifest> indexes;  // children before parents
  Digest root;

  // nullptr when it is not part of this.
  const PlannedManifest* Find(const Digest& digest) const;
};

// Reads the manifests under `root` and `referrers` (manifests that go along without being listed in an index) and
// verifies them. Bounded in depth and number. Errors: the fetcher's; kVerification; INVALID_ARGUMENT for documents that
// are none.
absl::StatusOr<PushPlan> MakePushPlan(const Context& context, content::Fetcher& from, const Descriptor& root,
                                      const std::vector<Descriptor>& referrers);

}  // namespace waybill::oci::registry::push

#endif  // WAYBILL_OCI_REGISTRY_PUSH_PUSH_PLAN_H_
