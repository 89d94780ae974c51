// SPDX-License-Identifier: Apache-2.0
// The signatures of an image, checked by keys.
#ifndef WAYBILL_ATTEST_VERIFY_SIGNATURES_H_
#define WAYBILL_ATTEST_VERIFY_SIGNATURES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "attest/reader/tree.h"
#include "attest/sign/check.h"
#include "attest/sign/key.h"
#include "attest/verify/finding.h"
#include "oci/content/content.h"
#include "oci/context.h"

namespace waybill::attest::verify {

// A bundle or an envelope about a manifest of the tree.
struct FoundSignature {
  size_t about = 0;  // the node
  oci::Digest blob;
  std::string predicate_type;
  // Verified: and the statement names the manifest.
  sign::Signature signature;
};

struct SignatureReport {
  std::vector<FoundSignature> signatures;  // in the order of the tree
  std::vector<Finding> findings;
};

// Checks every bundle and envelope of the tree. Findings: a signature that names one of the keys and is not by it, one
// whose statement is about something else, one that cannot be read (rule "signature"); and an image for which none of
// the keys signed a statement about it or about the root of the tree (rule "signed"). Signatures by other keys and by
// certificates are no findings. Errors: the context's.
absl::StatusOr<SignatureReport> CheckSignatures(const oci::Context& context, oci::content::Fetcher& from,
                                                const reader::ImageTree& tree, absl::Span<const sign::PublicKey> keys,
                                                int parallel);

}  // namespace waybill::attest::verify

#endif  // WAYBILL_ATTEST_VERIFY_SIGNATURES_H_
