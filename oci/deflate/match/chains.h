// SPDX-License-Identifier: Apache-2.0
// Where the same bytes occurred before: for each place of a segment the distance to the one before with the same hash.
#ifndef WAYBILL_OCI_DEFLATE_MATCH_CHAINS_H_
#define WAYBILL_OCI_DEFLATE_MATCH_CHAINS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "oci/deflate/match/segment.h"

namespace waybill::oci::deflate::match {

// The hash of the four bytes at `from`: 17 bits, by which Go's levels 2 to 9 group places.
inline constexpr uint32_t kHashBits = 17;
inline uint32_t HashOf4(const uint8_t* from) { return ByteSwapped(Load32(from)) * 0x1e35a7bdU >> (32 - kHashBits); }

// The chains of one segment, for encoders that enter every place. Reused from segment to segment, because the tables
// are large. Not thread-safe.
class Chains {
 public:
  Chains();
  // Enters the places of the segment and of the window before it.
  void Build(const Segment& segment);

  // A distance that ends a chain: it leads out of every window.
  static constexpr uint16_t kNone = 0xffff;
  // For a place of the segment or the window before it, the distance to the next candidate; kNone beyond kWindowBytes.
  const uint16_t* steps() const { return steps_.data(); }

 private:
  std::vector<uint32_t> heads_;  // by hash: the last place entered, as a time
  std::vector<uint16_t> steps_;  // by place in the bytes of the segment
  uint32_t clock_;               // the time of byte 0 of the segment; later than all that was entered before
};

}  // namespace waybill::oci::deflate::match

#endif  // WAYBILL_OCI_DEFLATE_MATCH_CHAINS_H_
