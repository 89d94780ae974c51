// SPDX-License-Identifier: Apache-2.0
// What is to be removed from a repository, by its tags. See OpenPruner.
#ifndef WAYBILL_OCI_PRUNE_REGISTRY_PRUNER_H_
#define WAYBILL_OCI_PRUNE_REGISTRY_PRUNER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "oci/prune/pruner.h"
#include "oci/prune/referrer.h"
#include "oci/registry/host.h"
#include "oci/registry/transfer/manifests.h"
#include "oci/registry/transfer/tags.h"

namespace waybill::oci::prune {

// The host must outlive it. It deletes tags; what they named is then the registry's to collect.
class RegistryPruner final : public Pruner {
 public:
  RegistryPruner(registry::Host& host, const std::string& repository, const PruneOptions& options)
      : options_(options), manifests_(host, repository, traffic_), tags_(host, repository, traffic_) {}

  absl::StatusOr<Plan> MakePlan(const Context& context) override;
  absl::StatusOr<std::vector<Outcome>> Apply(const Context& context, const Plan& plan) override;

 private:
  Outcome RemoveTag(const Context& context, const Item& item);
  // The tag itself, or where the registry does not do that the manifest, if no other tag names it.
  Outcome Delete(const Context& context, const Item& item);
  // OK when the tag is gone afterwards.
  absl::Status DeleteTag(const Context& context, const std::string& tag);
  absl::Status CheckNamedOnce(const Context& context, const Item& item);
  // Entries of one list.
  std::vector<Outcome> RemoveEntries(const Context& context, const std::vector<Item>& entries);
  Outcome Rewrite(const Context& context, const std::string& tag, const registry::transfer::FetchedManifest& list,
                  const std::vector<Digest>& removed);

  const PruneOptions options_;
  registry::Traffic traffic_;
  registry::transfer::Manifests manifests_;
  registry::transfer::Tags tags_;
  absl::Status refusal_;  // why the registry does not delete tags; OK while it may
};

}  // namespace waybill::oci::prune

#endif  // WAYBILL_OCI_PRUNE_REGISTRY_PRUNER_H_
