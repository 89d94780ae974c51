// SPDX-License-Identifier: Apache-2.0
// An output that gets an image's statements in other forms as well, and only images that have what they must have
// (attestation-profiles, sign, require), no secrets in their provenance (secret-guard), and the statements that they
// had before (attestations=reuse).
#ifndef WAYBILL_EXPORTER_PUBLISHING_PUBLISHED_OUTPUT_H_
#define WAYBILL_EXPORTER_PUBLISHING_PUBLISHED_OUTPUT_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attest/sign/key.h"
#include "exporter/deliver.h"
#include "exporter/request/options.h"
#include "oci/registry/client.h"

namespace waybill::exporter::publishing {

struct PublishingDeps {
  attest::sign::KeysByName keys;  // empty: there are none
  std::string scratch_directory;  // for blobs that are made here
  // Where images are pushed, which outlives the output; null for outputs that push nothing.
  oci::registry::Client* registries = nullptr;
};

// Whether the key that the options name, if any, is there: for a check before work begins of which the output is the
// end. Errors: those of the keys; UNIMPLEMENTED where there are none.
absl::Status CheckKey(const request::ExportOptions& options, const attest::sign::KeysByName& keys);

// `output`, behind those that keep attestations of before (reusing_output.h), look for secrets (guarded_output.h), make
// the forms that the options ask for and check what they require, in this order; `output` itself when they ask for
// nothing. Errors: those of CheckKey. Those of the delivery: kVerification when the image lacks what is required,
// before anything is delivered; those of MakeReferrers.
absl::StatusOr<std::unique_ptr<Output>> WithPublishing(std::unique_ptr<Output> output,
                                                       const request::ExportOptions& options,
                                                       const PublishingDeps& deps);

}  // namespace waybill::exporter::publishing

#endif  // WAYBILL_EXPORTER_PUBLISHING_PUBLISHED_OUTPUT_H_
