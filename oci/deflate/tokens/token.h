// SPDX-License-Identifier: Apache-2.0
// What match finding hands to entropy coding: literals and matches (RFC 1951, section 2), one word each.
#ifndef WAYBILL_OCI_DEFLATE_TOKENS_TOKEN_H_
#define WAYBILL_OCI_DEFLATE_TOKENS_TOKEN_H_

#include <cstddef>
#include <cstdint>

namespace waybill::oci::deflate::tokens {

// A literal is its byte. A match is its length (4 to 258) in the upper half and its distance (1 to 32768) in the lower.
using Token = uint32_t;

inline constexpr uint32_t kLongestMatch = 258;
inline constexpr uint32_t kWindowBytes = 32768;
// Most bytes of a stored block.
inline constexpr size_t kMostStoredBytes = 65535;

constexpr Token LiteralToken(uint8_t byte) { return byte; }
constexpr Token MatchToken(uint32_t length, uint32_t distance) { return length << 16 | distance; }
constexpr bool IsMatch(Token token) { return token >= 1 << 16; }
constexpr uint32_t LengthOf(Token token) { return token >> 16; }
constexpr uint32_t DistanceOf(Token token) { return token & 0xffff; }
// How many bytes of the input the token stands for.
constexpr uint32_t BytesOf(Token token) { return IsMatch(token) ? LengthOf(token) : 1; }

}  // namespace waybill::oci::deflate::tokens

#endif  // WAYBILL_OCI_DEFLATE_TOKENS_TOKEN_H_
