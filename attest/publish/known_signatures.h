// SPDX-License-Identifier: Apache-2.0
// What a key has signed before of an image.
#ifndef WAYBILL_ATTEST_PUBLISH_KNOWN_SIGNATURES_H_
#define WAYBILL_ATTEST_PUBLISH_KNOWN_SIGNATURES_H_

#include <cstddef>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "attest/reader/tree.h"
#include "attest/sign/key.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/digest.h"

namespace waybill::attest::publish {

// Not thread-safe.
class KnownSignatures {
 public:
  // Checks every bundle of `attestations`, which are the tree's. What cannot be checked is not known. Errors: the
  // context's.
  absl::Status Find(const oci::Context& context, const reader::ImageTree& tree,
                    const std::vector<reader::Attestation>& attestations, const sign::SigningKey& key,
                    oci::content::Fetcher& content);

  bool empty() const { return signed_.empty(); }
  // Whether the node has a bundle of the key around the statement with that digest.
  bool Has(size_t node, const oci::Digest& statement) const { return signed_.contains({node, statement}); }

 private:
  std::set<std::pair<size_t, oci::Digest>> signed_;
};

}  // namespace waybill::attest::publish

#endif  // WAYBILL_ATTEST_PUBLISH_KNOWN_SIGNATURES_H_
