// SPDX-License-Identifier: Apache-2.0
// Decompressing what comes from outside, with a bound on what it becomes.
#ifndef WAYBILL_OCI_COMPRESS_BOUNDED_H_
#define WAYBILL_OCI_COMPRESS_BOUNDED_H_

#include <memory>

#include "absl/status/statusor.h"
#include "oci/compress/compression.h"
#include "oci/io/stream.h"
#include "oci/unpack_limits.h"

namespace waybill::oci::compress {

// As NewDecompressor, for a layer. Read fails with INVALID_ARGUMENT, which says the limit, once the layer has unpacked
// to more than `limits` say.
absl::StatusOr<std::unique_ptr<io::Reader>> NewBoundedDecompressor(std::unique_ptr<io::Reader> from,
                                                                   const UnpackLimits& limits,
                                                                   Format* format = nullptr);

}  // namespace waybill::oci::compress

#endif  // WAYBILL_OCI_COMPRESS_BOUNDED_H_
