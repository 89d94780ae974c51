// SPDX-License-Identifier: Apache-2.0
// What is to be removed from a place, and what became of that. Values only.
#ifndef WAYBILL_OCI_PRUNE_PLAN_H_
#define WAYBILL_OCI_PRUNE_PLAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "oci/digest.h"

namespace waybill::oci::prune {

enum class Kind {
  kFallbackTag,    // "sha256-<hex>", which lists referrers
  kFallbackEntry,  // an entry of such a list, which stays
  kCosignTag,      // "sha256-<hex>.sig", .att or .sbom
  kLayoutEntry,    // an entry of a layout's index.json that refers to a manifest
  kBlob,           // of a layout
};

// "fallback tag", "list entry", "cosign tag", "index entry", "blob".
absl::string_view NameOf(Kind kind);

struct Item {
  Kind kind = Kind::kBlob;
  std::string tag;                // or that of the list; "" for blobs and for entries without one
  Digest digest;                  // of what the tag names, of the entry's manifest, of the blob
  int64_t size = -1;              // bytes; below 0: unknown
  std::string why;                // "its subject sha256:... is gone"
  std::optional<Digest> subject;  // that is gone
  std::optional<Digest> list;     // of kFallbackEntry: the list as it was seen
};

// What looks like garbage and stays, because it may be none.
struct Doubt {
  std::string name;
  std::string why;
};

struct Plan {
  std::vector<Item> items;
  std::vector<Doubt> doubts;
};

// What became of an item.
struct Outcome {
  enum class How {
    kRemoved,
    kSkipped,  // it is not what was planned any more, or not known to be garbage any more
    kFailed,
  };
  How how = How::kRemoved;
  std::string why;      // of kSkipped
  absl::Status status;  // of kFailed
};

}  // namespace waybill::oci::prune

#endif  // WAYBILL_OCI_PRUNE_PLAN_H_
