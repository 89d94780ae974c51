// SPDX-License-Identifier: Apache-2.0
// Which blobs go when a store has to have room: a function of what is there. It does no I/O.
#ifndef WAYBILL_EXPORTER_SERVICE_STORE_EVICTION_H_
#define WAYBILL_EXPORTER_SERVICE_STORE_EVICTION_H_

#include <cstdint>
#include <set>
#include <vector>

#include "absl/time/time.h"
#include "exporter/service/store/blob_catalog.h"
#include "oci/digest.h"

namespace waybill::exporter::service::store {

// What containerd's labels say (docs/garbage-collection.md of containerd): a root stays, and with it what it refers to.
inline constexpr char kRootLabel[] = "containerd.io/gc.root";
inline constexpr char kReferenceLabel[] = "containerd.io/gc.ref.content";

struct StoredBlob {
  oci::Digest digest;
  int64_t size = 0;  // bytes
  absl::Time last_used;
  bool is_root = false;
  std::vector<oci::Digest> references;
};

// What the labels say of the blob. A value that is no digest refers to nothing.
void ApplyLabels(const Labels& labels, StoredBlob& blob);

// What is not to go.
struct Held {
  std::set<oci::Digest> graphs;  // with all that they refer to
  std::set<oci::Digest> blobs;   // alone
};

// What has to be free.
struct Room {
  int64_t bytes = 0;
  int64_t blobs = 0;
};

// The blobs to remove so that there is room, least lately used first; all that may go when that is not enough. Held
// blobs stay, and so do roots, with all that they refer to, and what was used after `unused_since`. A blob is used as
// lately as one that refers to it, so that the parts of an image go together, those that refer first.
std::vector<oci::Digest> ChooseEvicted(std::vector<StoredBlob> blobs, const Held& held, Room room,
                                       absl::Time unused_since);

}  // namespace waybill::exporter::service::store

#endif  // WAYBILL_EXPORTER_SERVICE_STORE_EVICTION_H_
