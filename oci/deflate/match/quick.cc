// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/match/quick.h"

#include <algorithm>
#include <utility>

#include "oci/deflate/tokens/words.h"

namespace waybill::oci::deflate::match {
namespace {

constexpr uint32_t kTableBits = 14;
constexpr size_t kMargin = 15;       // no match begins in the last bytes of a piece
constexpr size_t kFirstPace = 32;    // places looked at before the step grows, times the step
constexpr uint32_t kPaceToStep = 5;  // bits
constexpr uint32_t kFirstTime = tokens::kWindowBytes + 1;
constexpr int64_t kCheckCandidates = int64_t{1} << 31;

uint32_t TableHash(uint32_t value) { return value * 0x1e35a7bdU >> (32 - kTableBits); }

}  // namespace

QuickParser::QuickParser() : candidates_(size_t{1} << kTableBits) {}

// Enters a place and returns the one that was there.
inline QuickParser::Candidate QuickParser::Exchange(uint32_t value, uint32_t time) {
  return std::exchange(candidates_[TableHash(value)], Candidate{value, time});
}

void QuickParser::ForgetFarCandidates(uint32_t now) {
  for (Candidate& candidate : candidates_) {
    if (now - candidate.time > tokens::kWindowBytes) candidate.time = now - tokens::kWindowBytes - 1;
  }
}

tokens::Token* QuickParser::Parse(const Segment& segment, size_t begin, size_t end, tokens::Token* to) {
  const uint8_t* const bytes = segment.bytes.data();
  const int64_t offset = segment.position - static_cast<int64_t>(kHistoryBytes);
  const uint32_t time_offset = static_cast<uint32_t>(offset) + kFirstTime;
  const auto time_of = [time_offset](size_t place) { return time_offset + static_cast<uint32_t>(place); };
  const int64_t position = offset + static_cast<int64_t>(begin);
  if (position - checked_ > kCheckCandidates) {
    ForgetFarCandidates(time_of(begin));
    checked_ = position;
  }
  const size_t limit = end - kMargin;
  size_t written = begin;  // up to here there are tokens
  const auto write_literals = [&](size_t until) {
    for (; written < until; ++written) *to++ = tokens::LiteralToken(bytes[written]);
  };
  // The distance of a match at `place`, which is entered, or 0.
  const auto look_up = [&](size_t place) -> uint32_t {
    const uint32_t value = tokens::Load32(bytes + place);
    const Candidate candidate = Exchange(value, time_of(place));
    const uint32_t distance = time_of(place) - candidate.time;
    return candidate.value == value && distance <= tokens::kWindowBytes ? distance : 0;
  };
  size_t place = begin;
  while (true) {
    uint32_t distance = 0;
    for (size_t pace = kFirstPace; distance == 0;) {
      const size_t step = pace >> kPaceToStep;
      pace += step;
      if (place + step > limit) {
        write_literals(end);
        return to;
      }
      distance = look_up(place);
      if (distance == 0) place += step;
    }
    write_literals(place);
    while (distance != 0) {
      const size_t most = std::min<size_t>(end - place, tokens::kLongestMatch);
      const uint8_t* here = bytes + place;
      const uint32_t length = tokens::CommonPrefix(here, here - distance, static_cast<uint32_t>(most));
      *to++ = tokens::MatchToken(length, distance);
      place += length;
      written = place;
      if (place >= limit) {
        write_literals(end);
        return to;
      }
      Exchange(tokens::Load32(bytes + place - 1), time_of(place - 1));
      distance = look_up(place);
    }
    ++place;
  }
}

}  // namespace waybill::oci::deflate::match
