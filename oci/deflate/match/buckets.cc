// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/match/buckets.h"

#include <algorithm>

#include "oci/deflate/match/hash.h"

namespace waybill::oci::deflate::match {
namespace {

// How far ahead the table's entries are fetched.
constexpr size_t kPrefetch = 24;
static_assert(kPrefetch + sizeof(uint32_t) <= kSlackBytes);

// Fetches the entry of a place that comes up. Behind the end that is any entry, which does no harm.
[[maybe_unused]] inline void FetchEntry(const uint32_t* table, const uint8_t* bytes, size_t place) {
  __builtin_prefetch(&table[HashOf4(bytes + place + kPrefetch)], 1);
}

}  // namespace

Buckets::Buckets()
    : table_(kHashes),
      sorted_(std::make_unique_for_overwrite<uint32_t[]>(kSegmentBytes)),
      ranks_(std::make_unique<uint32_t[]>(kSegmentBytes + kAhead)),
      before_(std::make_unique_for_overwrite<uint16_t[]>(kSegmentBytes)) {}

void Buckets::Build(const Segment& segment) {
  const uint8_t* const bytes = segment.bytes.data();
  const size_t begin = kHistoryBytes - segment.history(tokens::kWindowBytes);
  // Go enters no place in the last three bytes of the input, which has no four bytes to hash.
  const size_t end = segment.size - std::min<size_t>(segment.size - begin, 3);
  uint32_t* const table = table_.data();
  uint32_t* const ranks = ranks_.get();
  // First the size of each bucket, and which of its places each place is.
  for (size_t place = begin; place < end; ++place) {
    FetchEntry(table, bytes, place);
    ranks[place] = table[HashOf4(bytes + place)]++;
  }
  // Then each bucket is given room when its first place comes, and the table says where that is.
  uint32_t next = 0;
  for (size_t place = begin; place < end; ++place) {
    FetchEntry(table, bytes, place);
    uint32_t& entry = table[HashOf4(bytes + place)];
    const uint32_t before = ranks[place];
    if (before == 0) {
      const uint32_t size = entry;
      entry = next;
      next += size;
    }
    const uint32_t rank = entry + before;
    sorted_[rank] = static_cast<uint32_t>(place);
    ranks[place] = rank;
    before_[place] = static_cast<uint16_t>(std::min(before, kMany));
  }
  std::fill(before_.get() + end, before_.get() + segment.size, 0);
  Clear(bytes, begin, end);
}

void Buckets::Clear(const uint8_t* bytes, size_t begin, size_t end) {
  constexpr size_t kFewPlaces = kHashes / 16;
  if (end - begin > kFewPlaces) {
    std::fill(table_.begin(), table_.end(), 0);
  } else {
    for (size_t place = begin; place < end; ++place) table_[HashOf4(bytes + place)] = 0;
  }
}

}  // namespace waybill::oci::deflate::match
