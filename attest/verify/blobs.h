// SPDX-License-Identifier: Apache-2.0
// The blobs of an image, read to the end.
#ifndef WAYBILL_ATTEST_VERIFY_BLOBS_H_
#define WAYBILL_ATTEST_VERIFY_BLOBS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "attest/reader/tree.h"
#include "attest/verify/finding.h"
#include "oci/content/content.h"
#include "oci/context.h"

namespace waybill::attest::verify {

struct BlobReport {
  std::vector<Finding> findings;  // in the order of the tree
  int64_t blobs = 0;              // that were read
  int64_t bytes = 0;
};

// Reads configs and layers of every manifest in the tree, each once, and compares digest and size. Layers that stay at
// their own addresses (non-distributable ones with URLs) are passed over when they are not there. Nothing is kept in
// memory. Errors: the context's.
absl::StatusOr<BlobReport> CheckBlobs(const oci::Context& context, oci::content::Fetcher& from,
                                      const reader::ImageTree& tree, int parallel);

}  // namespace waybill::attest::verify

#endif  // WAYBILL_ATTEST_VERIFY_BLOBS_H_
