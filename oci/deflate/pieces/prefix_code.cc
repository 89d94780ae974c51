// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/pieces/prefix_code.h"

namespace waybill::oci::deflate::pieces {

bool PrefixCode::Assign(absl::Span<const uint8_t> lengths) {
  counts_.fill(0);
  for (const uint8_t length : lengths) ++counts_[length];
  counts_[0] = 0;
  std::array<uint16_t, kMostBits + 2> begin = {};  // in symbols_, by length
  uint32_t free = 1;                               // words of the current length
  for (uint32_t length = 1; length <= kMostBits; ++length) {
    free <<= 1;
    if (counts_[length] > free) return false;
    free -= counts_[length];
    begin[length + 1] = static_cast<uint16_t>(begin[length] + counts_[length]);
  }
  for (size_t symbol = 0; symbol < lengths.size(); ++symbol) {
    if (lengths[symbol] != 0) symbols_[begin[lengths[symbol]]++] = static_cast<uint16_t>(symbol);
  }
  return true;
}

PrefixCode::Match PrefixCode::Find(uint64_t bits) const {
  uint32_t word = 0;
  uint32_t first = 0;  // word of the current length
  uint32_t index = 0;  // of its symbol
  for (uint32_t length = 1; length <= kMostBits; ++length) {
    word |= bits & 1;
    bits >>= 1;
    const uint32_t count = counts_[length];
    if (word < first + count) return {.symbol = symbols_[index + (word - first)], .bits = length};
    index += count;
    first = (first + count) << 1;
    word <<= 1;
  }
  return {};
}

}  // namespace waybill::oci::deflate::pieces
