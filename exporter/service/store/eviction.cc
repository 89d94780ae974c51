// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/store/eviction.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace waybill::exporter::service::store {
namespace {

// "containerd.io/gc.ref.content", alone or with a key of the client's after it.
bool IsReference(absl::string_view key) {
  return absl::ConsumePrefix(&key, kReferenceLabel) && (key.empty() || key.front() == '.' || key.front() == '/');
}

// The blobs and what they refer to, at any depth.
class Graph {
 public:
  explicit Graph(std::vector<StoredBlob>& blobs) {
    for (StoredBlob& blob : blobs) by_digest_[blob.digest] = &blob;
  }

  // Visits `blob` and all below it for which `visit` is true; cycles end where it is false.
  template <typename Visit>
  void Walk(const oci::Digest& from, const Visit& visit) const {
    std::vector<const oci::Digest*> todo = {&from};
    while (!todo.empty()) {
      const auto found = by_digest_.find(*todo.back());
      todo.pop_back();
      if (found == by_digest_.end() || !visit(*found->second)) continue;
      for (const oci::Digest& reference : found->second->references) todo.push_back(&reference);
    }
  }

 private:
  std::map<oci::Digest, StoredBlob*> by_digest_;
};

std::set<oci::Digest> KeptBy(const Graph& graph, const std::vector<StoredBlob>& blobs, const Held& held) {
  std::set<oci::Digest> kept;
  const auto keep = [&kept](const StoredBlob& blob) { return kept.insert(blob.digest).second; };
  for (const oci::Digest& digest : held.graphs) graph.Walk(digest, keep);
  for (const StoredBlob& blob : blobs) {
    if (blob.is_root) graph.Walk(blob.digest, keep);
  }
  kept.insert(held.blobs.begin(), held.blobs.end());  // last: those may be in a graph too
  return kept;
}

}  // namespace

void ApplyLabels(const Labels& labels, StoredBlob& blob) {
  for (const auto& [key, value] : labels) {
    if (key == kRootLabel && !value.empty()) blob.is_root = true;
    if (!IsReference(key)) continue;
    absl::StatusOr<oci::Digest> digest = oci::Digest::Parse(value);
    if (digest.ok()) blob.references.push_back(*std::move(digest));
  }
}

std::vector<oci::Digest> ChooseEvicted(std::vector<StoredBlob> blobs, const Held& held, Room room,
                                       absl::Time unused_since) {
  const Graph graph(blobs);
  const std::set<oci::Digest> kept = KeptBy(graph, blobs, held);
  // Latest first, so that each blob gets its time once.
  std::vector<StoredBlob*> order;
  for (StoredBlob& blob : blobs) order.push_back(&blob);
  std::stable_sort(order.begin(), order.end(),
                   [](const StoredBlob* a, const StoredBlob* b) { return a->last_used > b->last_used; });
  std::map<oci::Digest, absl::Time> used;
  std::vector<StoredBlob*> latest_first;
  for (const StoredBlob* from : order) {
    graph.Walk(from->digest, [&](StoredBlob& blob) {
      if (!used.emplace(blob.digest, from->last_used).second) return false;
      latest_first.push_back(&blob);
      return true;
    });
  }
  // Turned over, parts come before what refers to them; of one time those that refer go first.
  std::stable_sort(latest_first.begin(), latest_first.end(), [&used](const StoredBlob* a, const StoredBlob* b) {
    return used.at(a->digest) < used.at(b->digest);
  });
  std::vector<oci::Digest> evicted;
  for (const StoredBlob* blob : latest_first) {
    if (room.bytes <= 0 && room.blobs <= 0) break;
    if (kept.contains(blob->digest) || used.at(blob->digest) > unused_since) continue;
    evicted.push_back(blob->digest);
    room.bytes -= blob->size;
    --room.blobs;
  }
  return evicted;
}

}  // namespace waybill::exporter::service::store
