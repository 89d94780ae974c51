// SPDX-License-Identifier: Apache-2.0
// One fault of an image or of what is attested about it.
#ifndef WAYBILL_ATTEST_VERIFY_FINDING_H_
#define WAYBILL_ATTEST_VERIFY_FINDING_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace waybill::attest::verify {

// The rules by name, for people and for scripts (docs/guide-audit.md explains each).
inline constexpr absl::string_view kManifestRule = "manifest";                   // it can be read, and has its digest
inline constexpr absl::string_view kSizeRule = "size";                           // as the list has it
inline constexpr absl::string_view kMediaTypeRule = "media-type";                // as the list has it
inline constexpr absl::string_view kBlobRule = "blob";                           // it is there, with digest and size
inline constexpr absl::string_view kReferrersRule = "referrers";                 // they can be listed
inline constexpr absl::string_view kSubjectRule = "subject";                     // digest and size are the image's
inline constexpr absl::string_view kImageRule = "image";                         // the attested image is in the index
inline constexpr absl::string_view kStatementRule = "statement";                 // it is one, and whole
inline constexpr absl::string_view kStatementTypeRule = "statement-type";        // as its annotation has it
inline constexpr absl::string_view kStatementSubjectRule = "statement-subject";  // it names the image's digest
inline constexpr absl::string_view kIndexDiscoveryRule = "discovery-index";
inline constexpr absl::string_view kReferrersDiscoveryRule = "discovery-referrers";
inline constexpr absl::string_view kRequiredRule = "required";
inline constexpr absl::string_view kSignatureRule = "signature";  // it is by the key that it names
inline constexpr absl::string_view kSignedRule = "signed";        // a key that was given signed it
inline constexpr absl::string_view kLimitsRule = "limits";        // everything was read
// Docker's chain from the index to the signature.
inline constexpr absl::string_view kChainIndexRule = "chain-index";
inline constexpr absl::string_view kChainAttestationRule = "chain-attestation";
inline constexpr absl::string_view kChainSubjectRule = "chain-subject";
inline constexpr absl::string_view kChainProvenanceRule = "chain-provenance";
inline constexpr absl::string_view kChainSignatureRule = "chain-signature";
inline constexpr absl::string_view kChainSignatureSubjectRule = "chain-signature-subject";
inline constexpr absl::string_view kChainSignatureContentRule = "chain-signature-content";

struct Finding {
  std::string rule;
  size_t node = 0;      // of the tree: where it shows
  std::string object;   // "linux/amd64 sha256:...", "statement sha256:..."
  std::string message;  // what is wrong
};

}  // namespace waybill::attest::verify

#endif  // WAYBILL_ATTEST_VERIFY_FINDING_H_
