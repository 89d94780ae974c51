// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/changing/routed_fetcher.h"

namespace waybill::cli::changing {

void RoutedFetcher::Add(const attest::reader::ImageTree& tree, oci::content::Fetcher& place) {
  for (const attest::reader::Node& node : tree.nodes) {
    places_.emplace(node.descriptor.digest, &place);
    for (const oci::Descriptor& blob : node.blobs) places_.emplace(blob.digest, &place);
    for (const attest::reader::Edge& edge : node.children) places_.emplace(edge.descriptor.digest, &place);
  }
}

absl::StatusOr<std::unique_ptr<oci::io::Source>> RoutedFetcher::Fetch(const oci::Context& context,
                                                                      const oci::Descriptor& descriptor) {
  const auto place = places_.find(descriptor.digest);
  if (place == places_.end()) return oci::content::BlobNotFound(descriptor.digest);
  return place->second->Fetch(context, descriptor);
}

}  // namespace waybill::cli::changing
