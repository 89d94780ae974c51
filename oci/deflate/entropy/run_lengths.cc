// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/entropy/run_lengths.h"

#include <algorithm>

namespace waybill::oci::deflate::entropy {
namespace {

constexpr uint8_t kRepeat = 16;     // the length before, 3 to 6 times
constexpr uint8_t kZeros = 17;      // 3 to 10 zeros
constexpr uint8_t kManyZeros = 18;  // 11 to 138 zeros
constexpr std::array<uint8_t, kRunSymbols> kExtraBits = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 7};
// The order in which the lengths of the code of code lengths are written.
constexpr std::array<uint8_t, kRunSymbols> kOrder = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
constexpr int kFewestWritten = 4;
constexpr uint64_t kDynamicBlock = 2;

}  // namespace

RunLengths::RunLengths(absl::Span<const uint8_t> literal_lengths, absl::Span<const uint8_t> distance_lengths)
    : literals_(literal_lengths.size()), distances_(distance_lengths.size()) {
  const auto at = [&](size_t i) { return i < literals_ ? literal_lengths[i] : distance_lengths[i - literals_]; };
  const size_t size = literals_ + distances_;
  for (size_t begin = 0; begin < size;) {
    size_t end = begin + 1;
    while (end < size && at(end) == at(begin)) ++end;
    AddRun(at(begin), static_cast<int>(end - begin));
    begin = end;
  }
  code_ = MakeCode<kRunSymbols>(frequencies_, kLongestRunCode);
  written_ = kRunSymbols;
  while (written_ > kFewestWritten && frequencies_[kOrder[static_cast<size_t>(written_) - 1]] == 0) --written_;
}

void RunLengths::Add(uint8_t symbol, int extra) {
  items_[size_++] = {symbol, static_cast<uint8_t>(extra)};
  ++frequencies_[symbol];
}

void RunLengths::AddRun(uint8_t length, int count) {
  if (length > 0) {
    Add(length, 0);
    for (--count; count >= 3;) {
      const int run = std::min(count, 6);
      Add(kRepeat, run - 3);
      count -= run;
    }
  } else {
    while (count >= 11) {
      const int run = std::min(count, 138);
      Add(kManyZeros, run - 11);
      count -= run;
    }
    if (count >= 3) {
      Add(kZeros, count - 3);
      count = 0;
    }
  }
  for (; count > 0; --count) Add(length, 0);
}

uint64_t RunLengths::bits() const {
  uint64_t bits = 3 + 5 + 5 + 4 + 3 * static_cast<uint64_t>(written_) + CodedBits(frequencies_, code_.lengths);
  for (const uint8_t symbol : {kRepeat, kZeros, kManyZeros})
    bits += uint64_t{frequencies_[symbol]} * kExtraBits[symbol];
  return bits;
}

void RunLengths::Write(BitPacker& to) const {
  to.Put(kDynamicBlock << 1, 3);
  to.Put(literals_ - 257, 5);
  to.Put(distances_ - 1, 5);
  to.Put(static_cast<uint64_t>(written_ - kFewestWritten), 4);
  for (size_t i = 0; i < static_cast<size_t>(written_); ++i) to.Put(code_.lengths[kOrder[i]], 3);
  for (size_t i = 0; i < size_; ++i) {
    const uint8_t symbol = items_[i].symbol;
    to.Add(code_.bits[symbol], code_.lengths[symbol]);
    to.Put(items_[i].extra, kExtraBits[symbol]);
  }
}

}  // namespace waybill::oci::deflate::entropy
