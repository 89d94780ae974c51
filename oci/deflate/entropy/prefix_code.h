// SPDX-License-Identifier: Apache-2.0
// Prefix codes of limited length (RFC 1951, section 3.2.2), with the choices that Go's encoder makes between codes that
// are equally good.
#ifndef WAYBILL_OCI_DEFLATE_ENTROPY_PREFIX_CODE_H_
#define WAYBILL_OCI_DEFLATE_ENTROPY_PREFIX_CODE_H_

#include <array>
#include <cstdint>

#include "absl/types/span.h"
#include "oci/deflate/entropy/symbols.h"

namespace waybill::oci::deflate::entropy {

inline constexpr int kLongestCode = 15;
// Longest code in the code of code lengths.
inline constexpr int kLongestRunCode = 7;

// The code of an alphabet with at most kLiteralSymbols symbols.
template <int kSymbols>
struct PrefixCode {
  std::array<uint8_t, kSymbols> lengths{};  // bits; 0 for a symbol that does not occur
  std::array<uint16_t, kSymbols> bits{};    // as written: the first bit of the code is the least significant
};

// Chooses the length of each symbol's code, at most `limit` bits, so that symbols that occur as often as `frequencies`
// says need the fewest bits in all. The sum of frequencies is below 2^20. Of equally good codes the choice is that of
// package-merge with symbols sorted by (frequency, symbol), where a package goes before a symbol of the same weight.
// One or two symbols have codes of one bit.
void ChooseLengths(absl::Span<const uint32_t> frequencies, int limit, absl::Span<uint8_t> lengths);

// The canonical codes of these lengths.
void AssignBits(absl::Span<const uint8_t> lengths, absl::Span<uint16_t> bits);

template <int kSymbols>
PrefixCode<kSymbols> MakeCode(const std::array<uint32_t, kSymbols>& frequencies, int limit) {
  PrefixCode<kSymbols> code;
  ChooseLengths(frequencies, limit, absl::MakeSpan(code.lengths));
  AssignBits(code.lengths, absl::MakeSpan(code.bits));
  return code;
}

// Bits that symbols with these frequencies take.
uint64_t CodedBits(absl::Span<const uint32_t> frequencies, absl::Span<const uint8_t> lengths);

}  // namespace waybill::oci::deflate::entropy

#endif  // WAYBILL_OCI_DEFLATE_ENTROPY_PREFIX_CODE_H_
