// SPDX-License-Identifier: Apache-2.0
// A piece of the input with what surrounds it, and what match finding makes of it.
#ifndef WAYBILL_OCI_DEFLATE_MATCH_SEGMENT_H_
#define WAYBILL_OCI_DEFLATE_MATCH_SEGMENT_H_

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "oci/deflate/tokens/token.h"
#include "oci/deflate/tokens/words.h"

namespace waybill::oci::deflate::match {

// Bytes before a segment: the window, and as much as a stored block that ends in the segment can reach back.
inline constexpr size_t kHistoryBytes = 65536;
// Bytes of a segment: a whole number of the largest stored blocks, which are the pieces of levels 1, 0 and -2.
inline constexpr size_t kBodyBytes = 4 * tokens::kMostStoredBytes;
// A parse goes on for this long in the next segment, until it meets the parse that began there.
inline constexpr size_t kOverlapBytes = 2048;
// What the longest chain of deferred matches adds to the overlap, at most.
inline constexpr size_t kOverrunBytes = 1024;
// Bytes of the next segment that are there: overlap, and what a match at its end compares.
inline constexpr size_t kTailBytes = kOverlapBytes + kOverrunBytes + 1024;
inline constexpr size_t kBodyEnd = kHistoryBytes + kBodyBytes;
inline constexpr size_t kSegmentBytes = kBodyEnd + kTailBytes;

// Memory behind the bytes that may be read: by wide compares, and by hashes that are made ahead of their use.
inline constexpr size_t kSlackBytes = 32;
static_assert(kSlackBytes >= tokens::kReadAhead);

// Places near one end of a segment at which a parse held no match, so that the rest of it depends on the place alone.
// Where two parses are clean at one place, they are equal from there on.
using CleanPlaces = std::bitset<kOverlapBytes + kOverrunBytes>;

struct Segment {
  // One for each byte, at worst, and room for one that does not count.
  static constexpr size_t kMostTokens = kBodyBytes + kTailBytes + 1;

  // History, body, tail. The history of the first segment of a member is undefined.
  std::vector<uint8_t> bytes = std::vector<uint8_t>(kSegmentBytes + kSlackBytes);
  size_t size = kHistoryBytes;  // how far `bytes` is filled
  int64_t position = 0;         // of the body in the input
  bool last = false;            // the input ends here; all of the tail, too, belongs to this segment then

  // The parse, which covers bytes [begin, end) of `bytes`.
  absl::Span<const tokens::Token> parsed() const { return {tokens.get(), token_count}; }
  std::unique_ptr<tokens::Token[]> tokens = std::make_unique_for_overwrite<tokens::Token[]>(kMostTokens);
  size_t token_count = 0;
  size_t begin = kHistoryBytes;
  size_t end = kHistoryBytes;
  CleanPlaces clean_at_begin;  // bit i: byte kHistoryBytes + i
  CleanPlaces clean_at_end;    // bit i: byte kBodyEnd + i

  uint32_t crc32 = 0;  // of the body; of all but the history where this is the last segment

  // Where the bytes end that are parsed as this segment's own.
  size_t body_end() const { return last ? size : kBodyEnd; }
  // How many bytes before the body exist, at most `most`.
  size_t history(size_t most) const {
    return position < static_cast<int64_t>(most) ? static_cast<size_t>(position) : most;
  }
};

}  // namespace waybill::oci::deflate::match

#endif  // WAYBILL_OCI_DEFLATE_MATCH_SEGMENT_H_
