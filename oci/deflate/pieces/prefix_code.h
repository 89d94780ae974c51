// SPDX-License-Identifier: Apache-2.0
// Huffman codes as deflate describes them (RFC 1951, section 3.2.2), for those who read a stream.
#ifndef WAYBILL_OCI_DEFLATE_PIECES_PREFIX_CODE_H_
#define WAYBILL_OCI_DEFLATE_PIECES_PREFIX_CODE_H_

#include <array>
#include <cstdint>
#include <cstring>

#include "absl/types/span.h"

namespace waybill::oci::deflate::pieces {

// One code: which bits stand for which symbol. The first bit of a code word is the lowest. Not thread-safe.
class PrefixCode {
 public:
  static constexpr uint32_t kMostBits = 15;
  static constexpr uint32_t kMostSymbols = 288;

  struct Match {
    uint32_t symbol = 0;
    uint32_t bits = 0;  // of its code word; 0: no code word begins like this
  };

  // Takes the length of each symbol's code word, at most kMostBits; a symbol of length 0 has none. There are at most
  // kMostSymbols. False when there are more words than fit, and the code is not to be used then.
  bool Assign(absl::Span<const uint8_t> lengths);

  // The symbol at the lowest bits of `bits`. Takes a step for each bit.
  Match Find(uint64_t bits) const;

  // Fills a table of 2^table_bits entries: entry i is entry_of(symbol, length) of the code word at the lowest bits of
  // i, and `other` where no word of at most `table_bits` bits is.
  template <typename EntryOf>
  void FillTable(uint32_t table_bits, uint8_t other, EntryOf entry_of, uint8_t* table) const;

 private:
  std::array<uint16_t, kMostBits + 1> counts_ = {};  // by length
  std::array<uint16_t, kMostSymbols> symbols_ = {};  // in the order of their code words
};

// Doubles the table once for each bit, and meets each code word once. Entries of no word are copies of `other`.
template <typename EntryOf>
void PrefixCode::FillTable(uint32_t table_bits, uint8_t other, EntryOf entry_of, uint8_t* table) const {
  table[0] = other;
  const uint16_t* symbol = symbols_.data();
  uint32_t word = 0;  // as it stands in the stream: the last bit of the number comes first
  for (uint32_t length = 1; length <= table_bits; ++length) {
    const uint32_t half = uint32_t{1} << (length - 1);
    std::memcpy(table + half, table, half);
    for (uint32_t left = counts_[length]; left > 0; --left) {
      table[word] = entry_of(uint32_t{*symbol++}, length);
      uint32_t bit = half;
      while ((word & bit) != 0) bit >>= 1;
      word = (word & (bit - 1)) | bit;
    }
  }
}

}  // namespace waybill::oci::deflate::pieces

#endif  // WAYBILL_OCI_DEFLATE_PIECES_PREFIX_CODE_H_
