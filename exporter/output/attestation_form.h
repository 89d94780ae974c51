// SPDX-License-Identifier: Apache-2.0
// An image's index with its attestations in another form, for registries that refuse the one they have.
#ifndef WAYBILL_EXPORTER_OUTPUT_ATTESTATION_FORM_H_
#define WAYBILL_EXPORTER_OUTPUT_ATTESTATION_FORM_H_

#include "absl/status/statusor.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"

namespace waybill::exporter::output {

// The index `root` with every attestation manifest as BuildKit wrote them before OCI artifacts: an image config instead
// of the empty one, neither artifactType nor subject. Statements and images are the same. New documents go to
// `staging`. Errors: INVALID_ARGUMENT when `root` is no index; the fetcher's and the store's.
absl::StatusOr<oci::Descriptor> WithLegacyAttestations(const oci::Context& context, oci::content::Fetcher& content,
                                                       const oci::Descriptor& root, oci::content::Store& staging);

// The index `root` without its attestation entries.
absl::StatusOr<oci::Descriptor> WithoutAttestations(const oci::Context& context, oci::content::Fetcher& content,
                                                    const oci::Descriptor& root, oci::content::Store& staging);

}  // namespace waybill::exporter::output

#endif  // WAYBILL_EXPORTER_OUTPUT_ATTESTATION_FORM_H_
