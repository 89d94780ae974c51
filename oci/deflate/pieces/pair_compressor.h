// SPDX-License-Identifier: Apache-2.0
// Parts of a deflate stream made by libdeflate, which compresses whole buffers only.
#ifndef WAYBILL_OCI_DEFLATE_PIECES_PAIR_COMPRESSOR_H_
#define WAYBILL_OCI_DEFLATE_PIECES_PAIR_COMPRESSOR_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "oci/deflate/pieces/last_block.h"

struct libdeflate_compressor;

namespace waybill::oci::deflate::pieces {

// What libdeflate is given at once. A piece has no matches in the bytes before it: of a tar archive of programs, pieces
// of 256 KiB become 0.5 % larger than pieces of 4 MiB, and these 0.2 %.
inline constexpr size_t kPieceBytes = 512 << 10;
// Two pieces are made together, because the ends of two are found in the time of one (LastBlockFinder).
inline constexpr size_t kPairBytes = 2 * kPieceBytes;

// Makes two pieces, one after the other. Holds 1.7 MB of memory, and what pairs compress to. Not thread-safe.
class PairCompressor {
 public:
  static constexpr int kLeastLevel = 0;
  static constexpr int kMostLevel = 12;

  PairCompressor();
  ~PairCompressor();

  // Compresses at most kPairBytes. The result depends on level, input and `last` alone. With `last` it ends the stream;
  // otherwise it ends at a byte and another part may follow. False when there is no memory for the level; nothing is to
  // be used then.
  bool Compress(int level, absl::Span<const uint8_t> input, bool last);
  // What Compress made, first and second; the second may be empty.
  absl::Span<const uint8_t> piece(size_t index) const { return {pieces_[index].bytes.data(), pieces_[index].size}; }

 private:
  struct Piece {
    std::vector<uint8_t> bytes;
    size_t size = 0;
  };
  struct Free {
    void operator()(libdeflate_compressor* compressor) const;
  };

  bool Select(int level);
  bool Deflate(absl::Span<const uint8_t> input, Piece& piece);
  static PaddedStream Padded(const Piece& piece) { return {piece.bytes.data(), piece.size + kStreamPadding}; }
  static bool Open(const std::optional<LastBlock>& last_block, Piece& piece);

  std::array<Piece, 2> pieces_;
  LastBlockFinder finder_;
  int level_ = 0;
  std::unique_ptr<libdeflate_compressor, Free> compressor_;  // for level_
};

}  // namespace waybill::oci::deflate::pieces

#endif  // WAYBILL_OCI_DEFLATE_PIECES_PAIR_COMPRESSOR_H_
