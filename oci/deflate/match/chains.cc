// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/match/chains.h"

#include <algorithm>

namespace waybill::oci::deflate::match {
namespace {

// What separates the times of two segments, so that places of the one before are too far away to be candidates.
constexpr uint32_t kClockStep = kSegmentBytes + kWindowBytes + 1;
constexpr uint32_t kFirstTime = kWindowBytes + 1;  // a head of 0 is too far away as well
constexpr uint32_t kLastTime = UINT32_MAX - 2 * kClockStep;
constexpr size_t kPrefetch = 24;

}  // namespace

Chains::Chains() : heads_(size_t{1} << kHashBits), steps_(kSegmentBytes), clock_(kFirstTime) {}

void Chains::Build(const Segment& segment) {
  if (clock_ > kLastTime) {
    std::fill(heads_.begin(), heads_.end(), 0);
    clock_ = kFirstTime;
  }
  const uint8_t* bytes = segment.bytes.data();
  const size_t begin = kHistoryBytes - segment.history(kWindowBytes);
  // Go enters no place in the last three bytes of the input, which has no four bytes to hash.
  const size_t end = segment.size - std::min<size_t>(segment.size - begin, 3);
  uint32_t* heads = heads_.data();
  uint16_t* steps = steps_.data();
  for (size_t place = begin; place < end; ++place) {
    // Reads behind the input stay in the segment's memory; a wrong prefetch does no harm.
    __builtin_prefetch(&heads[HashOf4(bytes + std::min(place + kPrefetch, kSegmentBytes))], 1);
    uint32_t& head = heads[HashOf4(bytes + place)];
    const uint32_t now = clock_ + static_cast<uint32_t>(place);
    const uint32_t step = now - head;
    steps[place] = step <= kWindowBytes ? static_cast<uint16_t>(step) : kNone;
    head = now;
  }
  std::fill(steps + end, steps + segment.size, kNone);
  clock_ += kClockStep;
}

}  // namespace waybill::oci::deflate::match
