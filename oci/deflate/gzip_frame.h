// SPDX-License-Identifier: Apache-2.0
// What stands around the deflate data of a gzip member (RFC 1952, section 2.3).
#ifndef WAYBILL_OCI_DEFLATE_GZIP_FRAME_H_
#define WAYBILL_OCI_DEFLATE_GZIP_FRAME_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace waybill::oci::deflate {

// The level that compresses: -1 is the default. INVALID_ARGUMENT in Go's words for a level that Go does not have.
absl::StatusOr<int> GzipLevel(int level);

// As Go writes it: no name, no time, "unknown" as the operating system, and a mark for the levels 1 and 9.
std::string GzipHeader(int level);

// Of `size` bytes with this checksum.
std::string GzipTrailer(uint32_t crc32, int64_t size);

}  // namespace waybill::oci::deflate

#endif  // WAYBILL_OCI_DEFLATE_GZIP_FRAME_H_
