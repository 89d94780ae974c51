// SPDX-License-Identifier: Apache-2.0
// An image that was read, checked. Signatures are found and not verified: that takes keys and a policy.
#ifndef WAYBILL_ATTEST_VERIFY_CHECK_H_
#define WAYBILL_ATTEST_VERIFY_CHECK_H_

#include <cstddef>
#include <string>
#include <vector>

#include "attest/reader/tree.h"
#include "attest/verify/finding.h"

namespace waybill::attest::verify {

// Where attestation manifests must be found.
enum class Discovery {
  kAnywhere,
  kIndex,      // by Docker and buildx, which look at the index
  kReferrers,  // by oras, regctl and others, which ask for referrers
  kBoth,
};

struct CheckOptions {
  Discovery discovery = Discovery::kAnywhere;
  // Of each image that was read: predicate types or their aliases (predicate_types.h).
  std::vector<std::string> required = {};
};

// Pure: what the tree itself tells. The findings come in the order of the tree.
std::vector<Finding> CheckTree(const reader::ImageTree& tree, const CheckOptions& options);

// The rules by which Docker and BuildKit find provenance and its signature (policy-helpers, image/resolve.go), for each
// image that was read, each rule up to the first one that fails.
std::vector<Finding> CheckChain(const reader::ImageTree& tree);
// The same for the image that is the node `image`.
std::vector<Finding> CheckChain(const reader::ImageTree& tree, size_t image);

// "linux/amd64 sha256:...", "index sha256:...", "attestation manifest sha256:...".
std::string NameOf(const reader::Node& node);

}  // namespace waybill::attest::verify

#endif  // WAYBILL_ATTEST_VERIFY_CHECK_H_
