// SPDX-License-Identifier: Apache-2.0
// Fallback tags, cosign's tags and other referrers whose subject is gone, and blobs that nothing reaches: found in a
// repository or a layout, and removed. A registry tells referrers by their subject alone, so that those which only its
// API lists cannot be found once the subject is gone; they are the registry's own to collect.
#ifndef WAYBILL_OCI_PRUNE_PRUNER_H_
#define WAYBILL_OCI_PRUNE_PRUNER_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "oci/context.h"
#include "oci/places/image_name.h"
#include "oci/places/open_image.h"
#include "oci/prune/plan.h"

namespace waybill::oci::prune {

// Not thread-safe.
class Pruner {
 public:
  virtual ~Pruner() = default;
  // Writes nothing. Only what is known to be gone counts as gone: an answer that may mean anything else is a doubt.
  // Errors: those of the place as a whole; the context's.
  virtual absl::StatusOr<Plan> MakePlan(const Context& context) = 0;
  // Removes the items of a plan and looks at each again before. An outcome for each item, in order; one that fails does
  // not stop the others. Errors: the context's, and those of the place as a whole; what was removed until then is.
  virtual absl::StatusOr<std::vector<Outcome>> Apply(const Context& context, const Plan& plan) = 0;
};

struct PruneOptions {
  size_t tags = 100'000;    // of a repository that are looked at
  size_t entries = 10'000;  // of all lists of referrers
  // Blobs of a layout that were written later stay: other programs write a blob first and name it afterwards.
  absl::Time blobs_before = absl::InfiniteFuture();
};

// `place` is a name from ParseDestinationName that names no image. `client` is asked for registries alone, and must
// outlive the pruner. Errors: INVALID_ARGUMENT for the name of one image; UNIMPLEMENTED for archives; the client's.
absl::StatusOr<std::unique_ptr<Pruner>> OpenPruner(const places::ImageName& place, const PruneOptions& options,
                                                   const places::ClientOf& client);

}  // namespace waybill::oci::prune

#endif  // WAYBILL_OCI_PRUNE_PRUNER_H_
