// SPDX-License-Identifier: Apache-2.0
// What programs that read attestations look for, and what they take at most. Found by running them
// (docs/guide-sign.md).
#ifndef WAYBILL_ATTEST_CONSUMER_WORDS_H_
#define WAYBILL_ATTEST_CONSUMER_WORDS_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace waybill::attest {

// Media types of documents without a statement: Trivy v0.74 and Ratify v1.4.6.
inline constexpr absl::string_view kSpdxDocument = "application/spdx+json";
inline constexpr absl::string_view kCycloneDxDocument = "application/vnd.cyclonedx+json";
// Ratify v1.4.6, its verifier of vulnerability reports.
inline constexpr absl::string_view kSarifDocument = "application/sarif+json";

// cosign before v3: its tag of attestations is that of the referrers with this behind it.
inline constexpr absl::string_view kCosignTagSuffix = ".att";

// Kyverno v1.19.1: referrers of one manifest, and bytes of a bundle.
inline constexpr size_t kKyvernoReferrers = 50;
inline constexpr int64_t kKyvernoBundleBytes = 10'000'000;
// Trivy v0.74: bytes of a VEX statement, and referrers that it reads in search of one.
inline constexpr int64_t kTrivyVexBytes = 20 << 20;
inline constexpr size_t kTrivyVexCandidates = 100;

}  // namespace waybill::attest

#endif  // WAYBILL_ATTEST_CONSUMER_WORDS_H_
