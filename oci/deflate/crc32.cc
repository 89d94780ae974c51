// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/crc32.h"

#include <libdeflate.h>
#include <zlib.h>

namespace waybill::oci::deflate {

uint32_t Crc32(absl::Span<const uint8_t> bytes) { return libdeflate_crc32(0, bytes.data(), bytes.size()); }

uint32_t JoinCrc32(uint32_t first, uint32_t second, int64_t second_size) {
  return static_cast<uint32_t>(crc32_combine64(first, second, second_size));
}

}  // namespace waybill::oci::deflate
