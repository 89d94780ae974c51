// SPDX-License-Identifier: Apache-2.0
#include "oci/prune/layout_pruner.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/prune/layout_reach.h"
#include "oci/status_macros.h"

namespace waybill::oci::prune {
namespace {

bool IsSame(const Item& a, const Item& b) {
  return a.kind == b.kind && a.tag == b.tag && a.digest == b.digest && a.subject == b.subject;
}

bool Has(const Plan& plan, const Item& item) {
  return std::any_of(plan.items.begin(), plan.items.end(), [&](const Item& other) { return IsSame(item, other); });
}

std::set<Digest> BlobsOf(const Plan& plan) {
  std::set<Digest> blobs;
  for (const Item& item : plan.items) {
    if (item.kind == Kind::kBlob) blobs.insert(item.digest);
  }
  return blobs;
}

// Blobs that nothing reaches, as items or as doubts.
void AddBlobs(const std::vector<BlobFile>& blobs, const Reached& reached, absl::string_view unclear, absl::Time before,
              Plan& plan) {
  size_t kept = 0;
  size_t young = 0;
  for (const BlobFile& blob : blobs) {
    if (reached.blobs.contains(blob.digest)) continue;
    if (!unclear.empty()) {
      ++kept;
    } else if (blob.written >= before) {
      ++young;
    } else {
      plan.items.push_back({.kind = Kind::kBlob,
                            .tag = "",
                            .digest = blob.digest,
                            .size = blob.size,
                            .why = "nothing in the layout reaches it",
                            .subject = std::nullopt,
                            .list = std::nullopt});
    }
  }
  if (kept > 0) plan.doubts.push_back({absl::StrCat("blobs that are not reached: ", kept), std::string(unclear)});
  if (young > 0) {
    plan.doubts.push_back({absl::StrCat("blobs that are not reached: ", young),
                           "they are new, and may be of an image that is being written"});
  }
}

Outcome Skipped(absl::string_view why) {
  return {.how = Outcome::How::kSkipped, .why = std::string(why), .status = {}};
}

}  // namespace

absl::StatusOr<LayoutPruner::Seen> LayoutPruner::Look(const Context& context, const LayoutFiles& files,
                                                      const Plan* planned) const {
  ABSL_ASSIGN_OR_RETURN(Reached reached, FindReached(context, files.blobs(), files.index(), [&](const Item& item) {
                          return planned == nullptr || Has(*planned, item);
                        }));
  Seen seen{.plan = {.items = {}, .doubts = std::move(reached.doubts)},
            .removed = std::vector<bool>(files.index().manifests.size())};
  for (Referring& one : reached.garbage) {
    seen.removed[one.entry] = true;
    seen.plan.items.push_back(std::move(one.item));
  }
  ABSL_ASSIGN_OR_RETURN(const bool has_docker_manifest, files.HasDockerManifest());
  if (has_docker_manifest) reached.unclear = "manifest.json of docker save may name them";
  ABSL_ASSIGN_OR_RETURN(std::vector<BlobFile> blobs, files.ListBlobs(context));
  std::sort(blobs.begin(), blobs.end(), [](const BlobFile& a, const BlobFile& b) { return a.digest < b.digest; });
  AddBlobs(blobs, reached, reached.unclear, options_.blobs_before, seen.plan);
  return seen;
}

absl::StatusOr<Plan> LayoutPruner::MakePlan(const Context& context) {
  ABSL_ASSIGN_OR_RETURN(const LayoutFiles files, LayoutFiles::Open(context, root_));
  ABSL_ASSIGN_OR_RETURN(Seen seen, Look(context, files, nullptr));
  return std::move(seen.plan);
}

absl::StatusOr<std::vector<Outcome>> LayoutPruner::Apply(const Context& context, const Plan& plan) {
  while (true) {
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<layout::IndexLock> lock, layout::IndexLock::Acquire(context, root_));
    ABSL_ASSIGN_OR_RETURN(std::optional<std::vector<Outcome>> outcomes, ApplyLocked(context, plan, *lock));
    if (outcomes.has_value()) return *std::move(outcomes);
  }
}

absl::StatusOr<bool> LayoutPruner::ReplaceIndex(const LayoutFiles& files, const Seen& seen,
                                                const layout::IndexLock& lock) const {
  if (std::find(seen.removed.begin(), seen.removed.end(), true) == seen.removed.end()) return lock.StillHeld();
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<file::AtomicFile> file, files.PrepareIndexWithout(seen.removed));
  if (!lock.StillHeld()) return false;
  ABSL_RETURN_IF_ERROR(file->Commit());
  return true;
}

absl::StatusOr<std::optional<std::vector<Outcome>>> LayoutPruner::ApplyLocked(const Context& context, const Plan& plan,
                                                                              const layout::IndexLock& lock) const {
  ABSL_ASSIGN_OR_RETURN(const LayoutFiles files, LayoutFiles::Open(context, root_));
  ABSL_ASSIGN_OR_RETURN(const Seen seen, Look(context, files, &plan));
  ABSL_ASSIGN_OR_RETURN(const bool replaced, ReplaceIndex(files, seen, lock));
  if (!replaced) return std::optional<std::vector<Outcome>>();
  const std::set<Digest> garbage = BlobsOf(seen.plan);
  std::vector<Outcome> outcomes;
  for (const Item& item : plan.items) {
    ABSL_RETURN_IF_ERROR(context.Check());
    if (item.kind != Kind::kBlob) {
      outcomes.push_back(Has(seen.plan, item) ? Outcome{} : Skipped("it has changed, or its subject is there"));
    } else if (!garbage.contains(item.digest)) {
      outcomes.push_back(Skipped("it is gone, or needed now"));
    } else if (!lock.StillHeld()) {
      outcomes.push_back(Skipped("another program writes the layout now"));
    } else {
      const absl::Status removed = files.RemoveBlob(item.digest);
      outcomes.push_back(removed.ok() ? Outcome{} : Outcome{Outcome::How::kFailed, "", removed});
    }
  }
  ABSL_RETURN_IF_ERROR(files.SyncBlobs());
  return std::optional(std::move(outcomes));
}

}  // namespace waybill::oci::prune
