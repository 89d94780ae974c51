// SPDX-License-Identifier: Apache-2.0
// How Go's levels 2 to 9 group places: by a hash of their first four bytes.
#ifndef WAYBILL_OCI_DEFLATE_MATCH_HASH_H_
#define WAYBILL_OCI_DEFLATE_MATCH_HASH_H_

#include <cstddef>
#include <cstdint>

#include "oci/deflate/tokens/words.h"

namespace waybill::oci::deflate::match {

inline constexpr uint32_t kHashBits = 17;
inline constexpr size_t kHashes = size_t{1} << kHashBits;
inline uint32_t HashOf4(const uint8_t* from) {
  return tokens::ByteSwapped(tokens::Load32(from)) * 0x1e35a7bdU >> (32 - kHashBits);
}

}  // namespace waybill::oci::deflate::match

#endif  // WAYBILL_OCI_DEFLATE_MATCH_HASH_H_
