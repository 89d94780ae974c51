// SPDX-License-Identifier: Apache-2.0
// Go's encoder keeps its input in a buffer of 65536 bytes and moves it down by 32768 when the end comes near. For a
// short time after a move the window is shorter than 32768 bytes, and a block that began before the buffer cannot be
// stored. Both follow from positions alone.
#ifndef WAYBILL_OCI_DEFLATE_MATCH_WINDOW_H_
#define WAYBILL_OCI_DEFLATE_MATCH_WINDOW_H_

#include <algorithm>
#include <cstdint>
#include <limits>

#include "oci/deflate/tokens/token.h"

namespace waybill::oci::deflate::match {

// Where Go's buffer is while it looks at a position of the input.
class Window {
 public:
  // The length of the input, or kUnknown while at least kLookahead bytes follow each position that is asked about.
  explicit Window(int64_t input_size) : input_size_(input_size) {}
  static constexpr int64_t kUnknown = std::numeric_limits<int64_t>::max();

  // A position is looked at only when this many bytes follow it, or the input ends.
  static constexpr int64_t kLookahead = 262;

  // The first byte of the buffer while the encoder looks at `position`.
  int64_t BufferStart(int64_t position) const {
    if (position <= kLastBeforeMove) return 0;
    const int64_t moves = (position - kLastBeforeMove - 1) / tokens::kWindowBytes + 1;
    return std::min(moves, MovesInAll()) * tokens::kWindowBytes;
  }
  // The greatest distance of a match at `position`.
  uint32_t MostDistance(int64_t position) const {
    // Usually the buffer holds the whole window. It does not for a few positions after a move.
    if (position > kLastBeforeMove && ((position - kLastBeforeMove - 1) & (tokens::kWindowBytes - 1)) >= kLookahead) {
      return tokens::kWindowBytes;
    }
    return static_cast<uint32_t>(std::min<int64_t>(position - BufferStart(position), tokens::kWindowBytes));
  }

 private:
  static constexpr int64_t kBufferBytes = 2 * int64_t{tokens::kWindowBytes};
  static constexpr int64_t kLastBeforeMove = kBufferBytes - kLookahead;

  // The buffer moves only to make room for more input.
  int64_t MovesInAll() const {
    if (input_size_ <= kBufferBytes) return 0;
    if (input_size_ == kUnknown) return kUnknown / tokens::kWindowBytes;
    return (input_size_ - kBufferBytes - 1) / tokens::kWindowBytes + 1;
  }

  int64_t input_size_;
};

}  // namespace waybill::oci::deflate::match

#endif  // WAYBILL_OCI_DEFLATE_MATCH_WINDOW_H_
