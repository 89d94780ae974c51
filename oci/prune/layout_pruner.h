// SPDX-License-Identifier: Apache-2.0
// What is to be removed from an OCI layout in a directory. See OpenPruner.
#ifndef WAYBILL_OCI_PRUNE_LAYOUT_PRUNER_H_
#define WAYBILL_OCI_PRUNE_LAYOUT_PRUNER_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "oci/layout/index_lock.h"
#include "oci/prune/layout_files.h"
#include "oci/prune/pruner.h"

namespace waybill::oci::prune {

// Apply holds the lock of index.json from its second look to the end. index.json is replaced first, and then blobs go
// that nothing in it reaches: a process that dies in between leaves blobs that no index names. An export that runs
// beside it and counts on one of these blobs notices that it is gone (layout/directory.h) and fails.
class LayoutPruner final : public Pruner {
 public:
  LayoutPruner(std::string root, const PruneOptions& options) : root_(std::move(root)), options_(options) {}

  absl::StatusOr<Plan> MakePlan(const Context& context) override;
  absl::StatusOr<std::vector<Outcome>> Apply(const Context& context, const Plan& plan) override;

 private:
  struct Seen {
    Plan plan;                  // entries of the index first
    std::vector<bool> removed;  // by entry of the index
  };
  // What is garbage when only `planned` may go; null: when everything may.
  absl::StatusOr<Seen> Look(const Context& context, const LayoutFiles& files, const Plan* planned) const;
  // Nothing when the lock was lost before anything was changed.
  absl::StatusOr<std::optional<std::vector<Outcome>>> ApplyLocked(const Context& context, const Plan& plan,
                                                                  const layout::IndexLock& lock) const;
  // False when the lock was lost, and the index is as it was.
  absl::StatusOr<bool> ReplaceIndex(const LayoutFiles& files, const Seen& seen, const layout::IndexLock& lock) const;

  const std::string root_;
  const PruneOptions options_;
};

}  // namespace waybill::oci::prune

#endif  // WAYBILL_OCI_PRUNE_LAYOUT_PRUNER_H_
