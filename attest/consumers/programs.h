// SPDX-License-Identifier: Apache-2.0
// One function for each program. Part of look_up.h's implementation. Each is given the node that the program is told to
// look at.
#ifndef WAYBILL_ATTEST_CONSUMERS_PROGRAMS_H_
#define WAYBILL_ATTEST_CONSUMERS_PROGRAMS_H_

#include <cstddef>

#include "attest/consumers/look_up.h"
#include "attest/reader/tree.h"

namespace waybill::attest::consumers {

struct Question {
  const reader::ImageTree& tree;
  const AttTags& tags;
  size_t named = 0;
};

// docker buildx imagetools inspect v0.36, Docker Engine's API 1.55: attestation manifests that the index lists, both
// forms. They need the index.
Answer AskDocker(const Question& question);
// moby/policy-helpers: Docker's chain from the index to the signature of the attestation manifest.
Answer AskDockerPolicy(const Question& question);
// oras discover, regctl artifact list: whatever is listed as a referrer.
Answer AskOras(const Question& question);
// cosign v3.1.3 verify-attestation: bundles; the tag .att only where no bundle refers to the digest.
Answer AskCosign3(const Question& question);
// cosign v3.1.3 verify: any bundle whose statement names the digest.
Answer AskCosign3Signature(const Question& question);
// cosign v2.6.2 verify-attestation: the tag .att alone.
Answer AskCosign2(const Question& question);
// Trivy v0.74 --sbom-sources oci: the first SBOM that is listed, a document or a bundle, whatever its subject.
Answer AskTrivySbom(const Question& question);
// Trivy v0.74 --vex oci: the first VEX statement in a bundle, an envelope or a referrer of its own, else in the tag
// .att.
Answer AskTrivyVex(const Question& question);
// Kyverno v1.19.1, SigstoreBundle: bundles, of at most 50 referrers and 10,000,000 bytes each; any of them is a
// signature.
Answer AskKyverno(const Question& question);
// Ratify v1.4.6, verifier sbom: SPDX documents.
Answer AskRatify(const Question& question);

}  // namespace waybill::attest::consumers

#endif  // WAYBILL_ATTEST_CONSUMERS_PROGRAMS_H_
