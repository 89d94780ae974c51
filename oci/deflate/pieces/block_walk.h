// SPDX-License-Identifier: Apache-2.0
// A walk along the symbols of a deflate stream (RFC 1951), by their lengths only.
#ifndef WAYBILL_OCI_DEFLATE_PIECES_BLOCK_WALK_H_
#define WAYBILL_OCI_DEFLATE_PIECES_BLOCK_WALK_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "oci/deflate/pieces/prefix_code.h"
#include "oci/deflate/tokens/words.h"

namespace waybill::oci::deflate::pieces {

// What a walk may read behind the end of its stream.
inline constexpr size_t kStreamPadding = 16;

// Bits of a stream, read from the front. Whoever calls Refill looks after the end of the memory.
struct BitCursor {
  // At least 56 bits afterwards. Reads eight bytes.
  void Refill() {
    bits |= tokens::Load64(next) << count;
    next += (63 - count) >> 3;
    count |= 56;
  }
  void Drop(uint32_t number) {
    bits >>= number;
    count -= number;
  }

  const uint8_t* next = nullptr;
  uint64_t bits = 0;
  uint32_t count = 0;  // how many of them are counted; there may be more
};

// A table of this many bits for literals and lengths, and one behind it for distances. An entry has the bits that the
// symbol takes with its extra bits, and the table that the next symbol is in.
inline constexpr uint32_t kTableBits = 11;
inline constexpr size_t kTableSize = size_t{1} << kTableBits;
inline constexpr uint8_t kBitsOfEntry = 0x3f;
inline constexpr uint8_t kDistanceNext = 0x40;
// The symbol is not in the table: it is long, invalid, or ends the block. Such an entry takes no bits and stays in its
// table.
inline constexpr uint8_t kNotInTable = 0x80;

// The walk stands at a symbol of a block, or has ended. Not thread-safe.
class BlockWalk {
 public:
  enum class State { kInBlock, kEnded, kFailed };

  // The stream is all of `padded` but for the last kStreamPadding bytes.
  void Begin(absl::Span<const uint8_t> padded);
  // The symbol at the cursor, found without the tables; nothing when it is in them.
  void TakeRareSymbol();

  State state() const { return state_; }
  // Where the current block began and where the cursor is, in bits.
  size_t block_begin() const { return block_begin_; }
  size_t position() const { return static_cast<size_t>(cursor_.next - stream_.data()) * 8 - cursor_.count; }

  // What the fast loop needs: the cursor, the offset of the current table, and the last place to refill at.
  BitCursor& cursor() { return cursor_; }
  size_t& table() { return table_; }
  const uint8_t* tables() const { return tables_.data(); }
  const uint8_t* last_refill() const { return stream_.data() + stream_.size() + 8; }

 private:
  // False, and the state is kFailed, when the stream has ended.
  bool Refill();
  bool Fail();
  // Moves to a byte of the stream.
  bool Seek(size_t byte);
  // From the header of a block to its first symbol. Passes stored blocks.
  void EnterBlock();
  bool PassStored();
  bool ReadFixedCodes();
  bool ReadCodes();
  bool ReadLengths(const PrefixCode& code, absl::Span<uint8_t> lengths);
  bool BuildTables(absl::Span<const uint8_t> literals, absl::Span<const uint8_t> distances);
  void EndBlock();

  absl::Span<const uint8_t> stream_;  // without the padding
  BitCursor cursor_;
  State state_ = State::kFailed;
  bool last_ = false;
  size_t block_begin_ = 0;
  size_t table_ = 0;
  PrefixCode literals_;
  PrefixCode distances_;
  std::array<uint8_t, 2 * kTableSize> tables_;
};

}  // namespace waybill::oci::deflate::pieces

#endif  // WAYBILL_OCI_DEFLATE_PIECES_BLOCK_WALK_H_
