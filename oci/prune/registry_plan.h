// SPDX-License-Identifier: Apache-2.0
// Which tags of a repository, and which entries of the lists behind them, are about what is gone.
#ifndef WAYBILL_OCI_PRUNE_REGISTRY_PLAN_H_
#define WAYBILL_OCI_PRUNE_REGISTRY_PLAN_H_

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/image/manifest.h"
#include "oci/prune/plan.h"
#include "oci/prune/referrer.h"
#include "oci/registry/transfer/manifests.h"

namespace waybill::oci::prune {

// Used once. `manifests` must outlive it.
class RegistryPlanner {
 public:
  // Of all lists, `entries` are looked at; a list beyond that is a doubt.
  RegistryPlanner(registry::transfer::Manifests& manifests, size_t entries)
      : manifests_(manifests), entries_left_(static_cast<int64_t>(entries)) {}

  // In the order of the tags. Errors: the context's.
  absl::StatusOr<Plan> Run(const Context& context, const std::vector<ReferrerTag>& tags);

 private:
  using Presence = std::map<Digest, absl::StatusOr<bool>>;

  absl::Status AskSubjects(const Context& context, const std::vector<ReferrerTag>& tags, Presence& there);
  absl::Status Look(const Context& context, const ReferrerTag& tag, const absl::StatusOr<bool>& there, Plan& found);
  absl::Status LookAtList(const Context& context, const ReferrerTag& tag, bool is_subject_there,
                          const registry::transfer::FetchedManifest& list, Plan& found);
  absl::StatusOr<std::vector<Descriptor>> GoneEntries(const Context& context, const image::Index& list);
  // Whether the index lists referrers of the subject, and no platforms of an image that somebody tagged so.
  absl::Status CheckReferrers(const Context& context, const Digest& subject, const image::Index& list,
                              const std::vector<Descriptor>& gone);

  registry::transfer::Manifests& manifests_;
  std::atomic<int64_t> entries_left_;
};

}  // namespace waybill::oci::prune

#endif  // WAYBILL_OCI_PRUNE_REGISTRY_PLAN_H_
