// SPDX-License-Identifier: Apache-2.0
// Words of several bytes in memory, least significant byte first, at any alignment.
#ifndef WAYBILL_OCI_DEFLATE_TOKENS_WORDS_H_
#define WAYBILL_OCI_DEFLATE_TOKENS_WORDS_H_

#include <bit>
#include <cstdint>
#include <cstring>

namespace waybill::oci::deflate::tokens {

inline uint32_t ByteSwapped(uint32_t word) { return __builtin_bswap32(word); }
inline uint64_t ByteSwapped(uint64_t word) { return __builtin_bswap64(word); }

template <typename Word>
Word LoadWord(const uint8_t* from) {
  Word word;
  std::memcpy(&word, from, sizeof(word));
  if constexpr (std::endian::native == std::endian::big) word = ByteSwapped(word);
  return word;
}

inline uint32_t Load32(const uint8_t* from) { return LoadWord<uint32_t>(from); }
inline uint64_t Load64(const uint8_t* from) { return LoadWord<uint64_t>(from); }

inline void Store64(uint64_t word, uint8_t* to) {
  if constexpr (std::endian::native == std::endian::big) word = ByteSwapped(word);
  std::memcpy(to, &word, sizeof(word));
}

// Bytes that may be read behind the end of what is compared.
inline constexpr uint32_t kReadAhead = 8;

// Length of the common prefix of `a` and `b`, at most `most`. Reads up to kReadAhead bytes more than that.
inline uint32_t CommonPrefix(const uint8_t* a, const uint8_t* b, uint32_t most) {
  for (uint32_t length = 0; length < most; length += 8) {
    const uint64_t difference = Load64(a + length) ^ Load64(b + length);
    if (difference == 0) continue;
    length += static_cast<uint32_t>(std::countr_zero(difference)) / 8;
    return length < most ? length : most;
  }
  return most;
}

}  // namespace waybill::oci::deflate::tokens

#endif  // WAYBILL_OCI_DEFLATE_TOKENS_WORDS_H_
