// SPDX-License-Identifier: Apache-2.0
// A part of a blob.
#ifndef WAYBILL_EXPORTER_ATTESTATIONS_BLOB_H_
#define WAYBILL_EXPORTER_ATTESTATIONS_BLOB_H_

#include <cstdint>

#include "absl/status/status.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/io/stream.h"

namespace waybill::exporter::attestations {

struct Range {
  int64_t offset = 0;
  int64_t length = 0;
};

// Streams that range, which lies in the blob, to `out`, which is not closed. The digest cannot be checked. Errors:
// those of the source and of `out`; kVerification when the blob is shorter than its descriptor says.
absl::Status WriteRange(const oci::Context& context, oci::content::Fetcher& from, const oci::Descriptor& blob,
                        const Range& range, oci::io::Writer& out);

}  // namespace waybill::exporter::attestations

#endif  // WAYBILL_EXPORTER_ATTESTATIONS_BLOB_H_
