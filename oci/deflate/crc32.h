// SPDX-License-Identifier: Apache-2.0
// The checksum of gzip (RFC 1952, section 8).
#ifndef WAYBILL_OCI_DEFLATE_CRC32_H_
#define WAYBILL_OCI_DEFLATE_CRC32_H_

#include <cstdint>

#include "absl/types/span.h"

namespace waybill::oci::deflate {

uint32_t Crc32(absl::Span<const uint8_t> bytes);

// The checksum of two strings one after the other, the second of `second_size` bytes.
uint32_t JoinCrc32(uint32_t first, uint32_t second, int64_t second_size);

}  // namespace waybill::oci::deflate

#endif  // WAYBILL_OCI_DEFLATE_CRC32_H_
