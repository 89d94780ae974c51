// SPDX-License-Identifier: Apache-2.0
// What the entries of a layout's index reach, and which of them are about what is not reached.
#ifndef WAYBILL_OCI_PRUNE_LAYOUT_REACH_H_
#define WAYBILL_OCI_PRUNE_LAYOUT_REACH_H_

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/image/manifest.h"
#include "oci/prune/plan.h"

namespace waybill::oci::prune {

// An entry that refers to a manifest, which the layout has for that manifest's sake alone.
struct Referring {
  size_t entry = 0;  // of the index
  Item item;         // as it goes when the subject is gone
};

struct Reached {
  std::set<Digest> blobs;          // documents too
  std::vector<Referring> garbage;  // entries whose subject is not reached
  std::vector<Doubt> doubts;       // entries that look so
  std::string unclear;             // why blobs that are not reached may be needed; "" when they are not
};

// Entries are images, which stay, unless they refer to another manifest: by a reference name that is a fallback or a
// cosign tag, or, without any name, by the annotation io.containerd.manifest.subject or their manifest's own subject.
// Those stay while an entry that stays reaches the subject. One that `may_go` refuses stays too. Errors:
// INVALID_ARGUMENT and kVerification for documents that cannot be read, because what they reach is not known; those of
// `blobs`; the context's.
absl::StatusOr<Reached> FindReached(const Context& context, content::Fetcher& blobs, const image::Index& index,
                                    const std::function<bool(const Item&)>& may_go);

}  // namespace waybill::oci::prune

#endif  // WAYBILL_OCI_PRUNE_LAYOUT_REACH_H_
