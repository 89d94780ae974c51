// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/pieces/block_walk.h"

#include <algorithm>

namespace waybill::oci::deflate::pieces {
namespace {

constexpr uint32_t kEndOfBlock = 256;
constexpr uint32_t kMostLiterals = 286;  // with lengths; the fixed code has two more that are never used
constexpr uint32_t kMostDistances = 30;  // likewise
constexpr uint32_t kFixedLiterals = 288;
constexpr uint32_t kFixedDistances = 32;
constexpr uint32_t kLengthSymbols = 19;

// Entry for a literal or a length (RFC 1951, section 3.2.5).
uint8_t LiteralEntry(uint32_t symbol, uint32_t length) {
  if (symbol < kEndOfBlock) return static_cast<uint8_t>(length);
  if (symbol == kEndOfBlock || symbol >= kMostLiterals) return kNotInTable;
  const uint32_t index = symbol - kEndOfBlock - 1;
  const uint32_t extra = index < 4 || index == 28 ? 0 : index / 4 - 1;
  return static_cast<uint8_t>((length + extra) | kDistanceNext);
}

uint8_t DistanceEntry(uint32_t symbol, uint32_t length) {
  if (symbol >= kMostDistances) return kNotInTable | kDistanceNext;
  return static_cast<uint8_t>(length + (symbol < 4 ? 0 : symbol / 2 - 1));
}

}  // namespace

void BlockWalk::Begin(absl::Span<const uint8_t> padded) {
  stream_ = padded.first(padded.size() - std::min(padded.size(), kStreamPadding));
  if (stream_.empty()) {
    state_ = State::kFailed;
    return;
  }
  cursor_ = {.next = stream_.data()};
  EnterBlock();
}

bool BlockWalk::Fail() {
  state_ = State::kFailed;
  return false;
}

bool BlockWalk::Refill() {
  if (cursor_.next > last_refill()) return Fail();
  cursor_.Refill();
  return true;
}

bool BlockWalk::Seek(size_t byte) {
  if (byte > stream_.size()) return Fail();
  cursor_ = {.next = stream_.data() + byte};
  return true;
}

void BlockWalk::EnterBlock() {
  for (bool entered = false; !entered;) {
    if (!Refill()) return;
    block_begin_ = position();
    last_ = (cursor_.bits & 1) != 0;
    const uint32_t type = cursor_.bits >> 1 & 3;
    cursor_.Drop(3);
    if (type == 0) {
      if (!PassStored()) return;
      if (last_) {
        state_ = State::kEnded;
        return;
      }
      continue;
    }
    entered = type == 1 ? ReadFixedCodes() : type == 2 ? ReadCodes() : Fail();
    if (!entered) return;
  }
  table_ = 0;
  state_ = State::kInBlock;
}

bool BlockWalk::PassStored() {
  const size_t byte = (position() + 7) / 8;
  if (!Seek(byte) || !Refill()) return false;
  const size_t size = cursor_.bits & 0xffff;
  if ((cursor_.bits >> 16 & 0xffff) != (size ^ 0xffff)) return Fail();
  return Seek(byte + 4 + size);
}

bool BlockWalk::ReadFixedCodes() {
  std::array<uint8_t, kFixedLiterals> literals;
  std::fill(literals.begin(), literals.end(), uint8_t{8});
  std::fill(literals.begin() + 144, literals.begin() + 256, uint8_t{9});
  std::fill(literals.begin() + 256, literals.begin() + 280, uint8_t{7});
  std::array<uint8_t, kFixedDistances> distances;
  distances.fill(5);
  return BuildTables(literals, distances);
}

bool BlockWalk::ReadCodes() {
  constexpr std::array<uint8_t, kLengthSymbols> kOrder = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                          11, 4,  12, 3, 13, 2, 14, 1, 15};
  const uint32_t literal_count = 257 + (cursor_.bits & 31);
  const uint32_t distance_count = 1 + (cursor_.bits >> 5 & 31);
  const uint32_t order_count = 4 + (cursor_.bits >> 10 & 15);
  cursor_.Drop(14);
  if (literal_count > kMostLiterals || distance_count > kMostDistances) return Fail();
  std::array<uint8_t, kLengthSymbols> order_lengths = {};
  for (uint32_t i = 0; i < order_count; ++i) {
    if (!Refill()) return false;
    order_lengths[kOrder[i]] = cursor_.bits & 7;
    cursor_.Drop(3);
  }
  PrefixCode code;
  if (!code.Assign(order_lengths)) return Fail();
  std::array<uint8_t, kMostLiterals + kMostDistances> lengths = {};
  const absl::Span<uint8_t> read = absl::MakeSpan(lengths).first(literal_count + distance_count);
  return ReadLengths(code, read) && BuildTables(read.first(literal_count), read.subspan(literal_count));
}

// RFC 1951, section 3.2.7.
bool BlockWalk::ReadLengths(const PrefixCode& code, absl::Span<uint8_t> lengths) {
  struct Repeat {
    uint32_t least;
    uint32_t extra_bits;
  };
  constexpr std::array<Repeat, 3> kRepeats = {{{3, 2}, {3, 3}, {11, 7}}};
  for (size_t done = 0; done < lengths.size();) {
    if (!Refill()) return false;
    const PrefixCode::Match match = code.Find(cursor_.bits);
    if (match.bits == 0) return Fail();
    cursor_.Drop(match.bits);
    if (match.symbol < 16) {
      lengths[done++] = static_cast<uint8_t>(match.symbol);
      continue;
    }
    const Repeat& repeat = kRepeats[match.symbol - 16];
    const size_t times = repeat.least + (cursor_.bits & ((uint64_t{1} << repeat.extra_bits) - 1));
    cursor_.Drop(repeat.extra_bits);
    if (times > lengths.size() - done || (match.symbol == 16 && done == 0)) return Fail();
    const uint8_t length = match.symbol == 16 ? lengths[done - 1] : uint8_t{0};
    std::fill_n(lengths.begin() + static_cast<ptrdiff_t>(done), times, length);
    done += times;
  }
  return true;
}

bool BlockWalk::BuildTables(absl::Span<const uint8_t> literals, absl::Span<const uint8_t> distances) {
  if (!literals_.Assign(literals) || !distances_.Assign(distances)) return Fail();
  literals_.FillTable(kTableBits, kNotInTable, LiteralEntry, tables_.data());
  distances_.FillTable(kTableBits, kNotInTable | kDistanceNext, DistanceEntry, tables_.data() + kTableSize);
  return true;
}

void BlockWalk::TakeRareSymbol() {
  if (!Refill()) return;
  if ((tables_[table_ + (cursor_.bits & (kTableSize - 1))] & kNotInTable) == 0) return;
  const bool is_distance = table_ != 0;
  const PrefixCode::Match match = (is_distance ? distances_ : literals_).Find(cursor_.bits);
  if (match.bits != 0 && !is_distance && match.symbol == kEndOfBlock) {
    cursor_.Drop(match.bits);
    EndBlock();
    return;
  }
  const uint8_t entry = is_distance ? DistanceEntry(match.symbol, match.bits) : LiteralEntry(match.symbol, match.bits);
  if (match.bits == 0 || (entry & kNotInTable) != 0) {
    state_ = State::kFailed;
    return;
  }
  cursor_.Drop(entry & kBitsOfEntry);
  table_ = (entry & kDistanceNext) != 0 ? kTableSize : 0;
}

void BlockWalk::EndBlock() {
  if (position() > stream_.size() * 8) {
    state_ = State::kFailed;
  } else if (last_) {
    state_ = State::kEnded;
  } else {
    EnterBlock();
  }
}

}  // namespace waybill::oci::deflate::pieces
