// SPDX-License-Identifier: Apache-2.0
// One block of a stream (RFC 1951, section 3.2.3): from tokens and raw bytes to bits.
#ifndef WAYBILL_OCI_DEFLATE_ENTROPY_BLOCK_H_
#define WAYBILL_OCI_DEFLATE_ENTROPY_BLOCK_H_

#include <cstdint>
#include <vector>

#include "oci/deflate/entropy/bits.h"
#include "oci/deflate/tokens/token.h"

namespace waybill::oci::deflate::entropy {

// How the form of a block is chosen. A stored block is an alternative only where the raw bytes are known.
enum class Choice {
  kSmallest,  // fixed or dynamic codes, whichever is smaller, or stored: levels 2 to 9
  kQuick,     // dynamic codes or, where these save little, stored: level 1
  kLiterals,  // as kQuick, without matches: the tokens are not looked at
  kStored,
};

struct BlockInput {
  Choice choice = Choice::kSmallest;
  std::vector<tokens::Token> tokens;
  // The bytes that the tokens stand for, at most kMostStoredBytes, where the block may be stored.
  std::vector<uint8_t> raw;
  bool storable = false;
};

struct BlockOutput {
  bool stored = false;  // the raw bytes are written as they are
  BitString bits;       // otherwise, the whole block; never the last of the stream
};

// Chooses and writes what Go's encoder does, bit for bit. `output` is an argument so that its memory is used again. Its
// bits are undefined for a stored block.
void EncodeBlock(const BlockInput& input, BlockOutput& output);

}  // namespace waybill::oci::deflate::entropy

#endif  // WAYBILL_OCI_DEFLATE_ENTROPY_BLOCK_H_
