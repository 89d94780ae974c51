// SPDX-License-Identifier: Apache-2.0
#include "attest/consumers/referrers.h"

#include "absl/strings/match.h"
#include "oci/image/attestation.h"

namespace waybill::attest::consumers {
namespace {

constexpr absl::string_view kBundlePrefix = "application/vnd.dev.sigstore.bundle";

}  // namespace

bool Seen::IsBundle() const { return absl::StartsWith(listed_type, kBundlePrefix); }

const std::string& Seen::predicate_type() const {
  static const std::string* const none = new std::string();
  return item == nullptr ? *none : item->predicate_type();
}

std::vector<Seen> ReferrersOf(const reader::ImageTree& tree, size_t number) {
  std::vector<Seen> all;
  for (const reader::Edge& edge : tree.nodes[number].referrers) {
    Seen seen{.listed_type = edge.descriptor.artifact_type};
    const auto type = edge.descriptor.annotations.find(std::string(oci::image::kPredicateType));
    if (type != edge.descriptor.annotations.end()) seen.announced_type = type->second;
    if (edge.node.has_value()) {
      seen.node = &tree.nodes[*edge.node];
      if (!seen.node->items.empty()) seen.item = &seen.node->items.front();
    }
    all.push_back(std::move(seen));
  }
  return all;
}

}  // namespace waybill::attest::consumers
