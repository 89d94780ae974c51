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
  // Config and layers but for those that are not distributable; of an index what is neither manifest nor index.
  std::vector<Descriptor> blobs;
  std::vector<Digest> children;  // manifests of an index
  std::optional<Descriptor> subject;
  // For a manifest with a subject: its entry in a list of referrers (distribution-spec, "Listing Referrers").
  Descriptor referrer;
  bool attestation = false;     // oci/image/attestation.h says which manifests are
  std::optional<Digest> about;  // the image of an attestation manifest, or the subject: pushed before this one
};

struct PushPlan {
  std::vector<PlannedManifest> images;
  // Attestation manifests, and other manifests with a subject. One that is about another comes after it, as a signature
  // on an attestation manifest does.
  std::vector<PlannedManifest> referrers;
  std::vector<PlannedManifest> indexes;  // children before parents
  Digest root;

  // nullptr when it is not part of this.
  const PlannedManifest* Find(const Digest& digest) const;
  // All manifests, each after what it lists and what it is about. Where claims of index entries go in a circle, one of
  // them is not heeded.
  std::vector<const PlannedManifest*> InOrder() const;
  // Whether the root must be there before its tags: a manifest is about it.
  bool HasReferrerOfRoot() const;
};

// Reads the manifests under `root` and `referrers` (manifests that go along without being listed in an index) and
// verifies them, within the bounds of content/graph.h. Errors: those of ReadGraph; INVALID_ARGUMENT when `root` or a
// referrer is neither manifest nor index.
absl::StatusOr<PushPlan> MakePushPlan(const Context& context, content::Fetcher& from, const Descriptor& root,
                                      const std::vector<Descriptor>& referrers);

}  // namespace waybill::oci::registry::push

#endif  // WAYBILL_OCI_REGISTRY_PUSH_PUSH_PLAN_H_
