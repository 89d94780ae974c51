// SPDX-License-Identifier: Apache-2.0
// The alphabets of a block (RFC 1951, section 3.2.5): which symbol, and which extra bits, stand for a length or
// distance.
#ifndef WAYBILL_OCI_DEFLATE_ENTROPY_SYMBOLS_H_
#define WAYBILL_OCI_DEFLATE_ENTROPY_SYMBOLS_H_

#include <array>
#include <bit>
#include <cstdint>

#include "oci/deflate/tokens/token.h"

namespace waybill::oci::deflate::entropy {

inline constexpr int kEndOfBlock = 256;
inline constexpr int kLiteralSymbols = 286;  // bytes, end of block, lengths
inline constexpr int kDistanceSymbols = 30;
inline constexpr int kRunSymbols = 19;  // the code of code lengths

struct Symbol {
  uint16_t symbol = 0;
  uint16_t first = 0;  // the smallest value that the symbol stands for
  uint8_t extra = 0;   // bits that follow and say how far above `first` the value is
};

// By length, 3 to 258.
constexpr std::array<Symbol, tokens::kLongestMatch + 1> MakeLengthSymbols() {
  std::array<Symbol, tokens::kLongestMatch + 1> table{};
  uint16_t length = 3;
  for (uint16_t symbol = 257; symbol < 285; ++symbol) {
    const uint8_t extra = symbol < 265 ? 0 : static_cast<uint8_t>((symbol - 261) / 4);
    const uint16_t first = length;
    for (int i = 0; i < 1 << extra; ++i, ++length) table[length] = {symbol, first, extra};
  }
  // 258 would also be the last value of 284; it has a symbol of its own.
  table[tokens::kLongestMatch] = {285, tokens::kLongestMatch, 0};
  return table;
}
inline constexpr std::array<Symbol, tokens::kLongestMatch + 1> kLengthSymbols = MakeLengthSymbols();

// By symbol.
constexpr std::array<Symbol, kDistanceSymbols> MakeDistanceSymbols() {
  std::array<Symbol, kDistanceSymbols> table{};
  uint32_t distance = 1;
  for (uint16_t symbol = 0; symbol < kDistanceSymbols; ++symbol) {
    const uint8_t extra = symbol < 4 ? 0 : static_cast<uint8_t>(symbol / 2 - 1);
    table[symbol] = {symbol, static_cast<uint16_t>(distance), extra};
    distance += 1U << extra;
  }
  return table;
}
inline constexpr std::array<Symbol, kDistanceSymbols> kDistanceSymbolTable = MakeDistanceSymbols();

// The distance symbol follows from the two highest bits of the distance less one, and from how many bits it has.
constexpr uint32_t DistanceSymbol(uint32_t distance) {
  const uint32_t value = distance - 1;
  if (value < 2) return value;
  const uint32_t top = 31 - static_cast<uint32_t>(std::countl_zero(value));
  return 2 * top + (value >> (top - 1) & 1);
}

}  // namespace waybill::oci::deflate::entropy

#endif  // WAYBILL_OCI_DEFLATE_ENTROPY_SYMBOLS_H_
