// SPDX-License-Identifier: Apache-2.0
// Finds the last block of a deflate stream (RFC 1951), whose header says that nothing follows.
#ifndef WAYBILL_OCI_DEFLATE_PIECES_LAST_BLOCK_H_
#define WAYBILL_OCI_DEFLATE_PIECES_LAST_BLOCK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/types/span.h"
#include "oci/deflate/pieces/block_walk.h"

namespace waybill::oci::deflate::pieces {

// Places in bits. The first bit of the last block says that it is the last.
struct LastBlock {
  size_t begin = 0;
  size_t end = 0;
  friend bool operator==(const LastBlock&, const LastBlock&) = default;
};

// A stream, and kStreamPadding bytes behind it that may be read and mean nothing.
using PaddedStream = absl::Span<const uint8_t>;

// Follows the lengths of code words from block to block, without the bytes that they stand for: a stream that
// refers to bytes before its beginning is not told from others. Null when the stream is cut or malformed. Takes any
// bytes, and time linear in their number. Not thread-safe.
class LastBlockFinder {
 public:
  std::optional<LastBlock> Find(PaddedStream stream);
  // Two at once, in little more time than one: each step waits for the one before it in the same stream.
  std::array<std::optional<LastBlock>, 2> FindBoth(PaddedStream first, PaddedStream second);

 private:
  std::array<BlockWalk, 2> walks_;
};

}  // namespace waybill::oci::deflate::pieces

#endif  // WAYBILL_OCI_DEFLATE_PIECES_LAST_BLOCK_H_
