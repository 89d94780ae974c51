// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/match/greedy.h"

#include <algorithm>

#include "oci/deflate/match/hash.h"
#include "oci/deflate/match/search.h"
#include "oci/deflate/match/window.h"

namespace waybill::oci::deflate::match {
namespace {

// Positions are kept modulo 2^32 and begin here, so that a head of 0 is too far away to be a candidate.
constexpr uint32_t kFirstTime = tokens::kWindowBytes + 1;
// A distance that ends a chain: it leads out of every window.
constexpr uint16_t kNone = 0xffff;
// Heads older than this would seem near again after 2^32 bytes.
constexpr int64_t kCheckHeads = int64_t{1} << 31;

}  // namespace

GreedyParser::GreedyParser(const Tuning& tuning)
    : tuning_(tuning), heads_(kHashes), steps_(tokens::kWindowBytes, kNone) {}

inline uint32_t GreedyParser::Enter(const uint8_t* here, uint32_t now) {
  uint32_t& head = heads_[HashOf4(here)];
  const uint32_t distance = now - head;
  head = now;
  steps_[now % tokens::kWindowBytes] = distance <= tokens::kWindowBytes ? static_cast<uint16_t>(distance) : kNone;
  return distance;
}

inline Found GreedyParser::FindHere(const uint8_t* here, uint32_t look, uint32_t now, uint32_t most_distance) {
  Search search(here, kNoMatch, look, tuning_.nice);
  uint32_t distance = Enter(here, now);
  for (int tries = tuning_.chain; tries > 0 && distance <= most_distance; --tries) {
    if (search.Try(distance)) break;
    distance += steps_[(now - distance) % tokens::kWindowBytes];
  }
  return search.best();
}

void GreedyParser::ForgetFarHeads(uint32_t now) {
  for (uint32_t& head : heads_) {
    if (now - head > tokens::kWindowBytes) head = now - tokens::kWindowBytes - 1;
  }
}

void GreedyParser::Parse(Segment& segment) {
  const uint8_t* const bytes = segment.bytes.data();
  const int64_t offset = segment.position - static_cast<int64_t>(kHistoryBytes);
  const auto time_of = [offset](size_t place) {
    return static_cast<uint32_t>(offset + static_cast<int64_t>(place)) + kFirstTime;
  };
  const Window window(segment.last ? offset + static_cast<int64_t>(segment.size) : Window::kUnknown);
  const size_t enterable = segment.size - std::min<size_t>(segment.size, kNoMatch);
  auto place = static_cast<size_t>(position_ - offset);
  if (position_ - heads_checked_ > kCheckHeads) {
    ForgetFarHeads(time_of(place));
    heads_checked_ = position_;
  }
  segment.begin = place;
  tokens::Token* next = segment.tokens.get();
  while (place < segment.body_end()) {
    Found found;
    if (place < enterable) {
      const auto look = static_cast<uint32_t>(std::min<size_t>(segment.size - place, tokens::kLongestMatch));
      found = FindHere(bytes + place, look, time_of(place), window.MostDistance(offset + static_cast<int64_t>(place)));
    }
    if (found.length == kNoMatch) {
      *next++ = tokens::LiteralToken(bytes[place++]);
      continue;
    }
    *next++ = tokens::MatchToken(found.length, found.distance);
    const size_t end = place + found.length;
    if (found.length <= tuning_.skip) {
      for (++place; place < std::min(end, enterable); ++place) Enter(bytes + place, time_of(place));
    }
    place = end;
  }
  segment.end = place;
  segment.token_count = static_cast<size_t>(next - segment.tokens.get());
  position_ = offset + static_cast<int64_t>(place);
}

}  // namespace waybill::oci::deflate::match
