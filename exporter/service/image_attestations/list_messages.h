// SPDX-License-Identifier: Apache-2.0
// A listing as the messages of waybill.v1.ImageAttestations.
#ifndef WAYBILL_EXPORTER_SERVICE_IMAGE_ATTESTATIONS_LIST_MESSAGES_H_
#define WAYBILL_EXPORTER_SERVICE_IMAGE_ATTESTATIONS_LIST_MESSAGES_H_

#include <cstdint>

#include "absl/status/status.h"
#include "exporter/attestations/listing.h"
#include "oci/context.h"
#include "proto/waybill/v1/attestations.pb.h"

namespace waybill::exporter::service::image_attestations {

// Of one statement, when the request does not say.
inline constexpr int64_t kStatementLimit = 1 << 20;
// Of all statements of a response: clients take messages of 4 MiB.
inline constexpr int64_t kStatementsLimit = 3 << 20;

// The response to a request, with the statements that fit where it asks for them. A statement that cannot be given has
// its fault told. Errors: INVALID_ARGUMENT for a limit below 0; the context's.
absl::Status Fill(const oci::Context& context, const exporter::attestations::Listing& listing,
                  const v1::ListImageAttestationsRequest& request, v1::ListImageAttestationsResponse& response);

}  // namespace waybill::exporter::service::image_attestations

#endif  // WAYBILL_EXPORTER_SERVICE_IMAGE_ATTESTATIONS_LIST_MESSAGES_H_
