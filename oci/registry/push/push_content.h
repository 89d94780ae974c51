// SPDX-License-Identifier: Apache-2.0
// The middle of a push: everything that the root names, each part as soon as what it needs is there.
#ifndef WAYBILL_OCI_REGISTRY_PUSH_PUSH_CONTENT_H_
#define WAYBILL_OCI_REGISTRY_PUSH_PUSH_CONTENT_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "oci/context.h"
#include "oci/registry/push/push_blob.h"
#include "oci/registry/push/push_plan.h"
#include "oci/registry/push/push_referrers.h"
#include "oci/registry/transfer/manifests.h"
#include "oci/work/task_graph.h"

namespace waybill::oci::registry::push {

// One per push; all that it is given must outlive it. An image manifest goes after its blobs, an attestation manifest
// after its own and after its image, an index after what it lists: registries refuse other orders.
class ContentDelivery {
 public:
  ContentDelivery(transfer::Manifests& manifests, const BlobDelivery& delivery, const PushPlan& plan,
                  const ReferrerOrder& order)
      : manifests_(manifests), delivery_(delivery), plan_(plan), order_(order) {}

  // Asks what is there and delivers the rest; the root, whose presence the caller knows, only for those that are about
  // it.
  absl::Status Run(const Context& context, bool root_present);

  // Tells the observer of the blobs that nobody asks about, because a manifest that names them is there. `complete`:
  // all of them. Run does so itself.
  void TellPresent(const Context& context, bool complete) const;

  // The attestation manifest that `error`, which Run returned, is about: the registry took the images and refused it.
  std::optional<Digest> RefusedIn(const absl::Status& error) const;

  // Every manifest with a subject but for the root, stored now or before.
  std::vector<StoredReferrer> referrers() const;

  // Puts a manifest of the plan once more, for a registry that took it and does not list it.
  absl::Status StoreAgain(const Context& context, const Digest& referrer);

  // Puts the manifest under a reference and, with ?tag=, under tags. A registry that says that it lacks what the
  // manifest names (garbage collection, or replicas that lag behind) gets that again, at first at once, then after
  // waits. The answer is the last one.
  absl::StatusOr<Answer> Put(const Context& context, const PlannedManifest& manifest, absl::string_view reference,
                             const std::vector<std::string>& tags);

 private:
  using Nodes = std::map<Digest, work::TaskGraph::Node>;

  // A manifest that is there vouches for what it lists, as registries see to.
  void AddPresent(const Digest& root);
  absl::Status FindPresent(const Context& context, const std::vector<PlannedManifest>& manifests);
  void PlanBlobs(work::TaskGraph& graph, Nodes& nodes);
  void PlanManifests(work::TaskGraph& graph, Nodes& nodes);
  absl::Status Deliver(const Context& context, const PlannedManifest& manifest);
  // Sends what the manifest names, down to the last blob, whatever was there.
  absl::Status DeliverNamed(const Context& context, const PlannedManifest& manifest);
  absl::Status RefusalOf(const PlannedManifest& manifest, const Answer& answer);
  void Accepted(const PlannedManifest& manifest, const Answer& answer);
  bool IsPresent(const Digest& digest) const;

  transfer::Manifests& manifests_;
  const BlobDelivery& delivery_;
  const PushPlan& plan_;
  const ReferrerOrder& order_;
  mutable absl::Mutex mu_;
  std::set<Digest> present_ ABSL_GUARDED_BY(mu_);
  // Of manifests with a subject that were stored: whether the registry said OCI-Subject.
  std::map<Digest, bool> taken_ ABSL_GUARDED_BY(mu_);
  std::map<Digest, absl::Status> refused_ ABSL_GUARDED_BY(mu_);  // attestation manifests, with the error of each
};

}  // namespace waybill::oci::registry::push

#endif  // WAYBILL_OCI_REGISTRY_PUSH_PUSH_CONTENT_H_
