// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/match/lazy.h"

#include <algorithm>

#include "oci/deflate/match/search.h"
#include "oci/deflate/match/window.h"

namespace waybill::oci::deflate::match {
namespace {

// A parse on its way through a segment.
class LazyParse {
 public:
  LazyParse(const Tuning& tuning, const Buckets& buckets, size_t begin, Segment& segment)
      : tuning_(tuning),
        buckets_(buckets),
        bytes_(segment.bytes.data()),
        size_(segment.size),
        offset_(segment.position - static_cast<int64_t>(kHistoryBytes)),
        window_(segment.last ? offset_ + static_cast<int64_t>(segment.size) : Window::kUnknown),
        place_(begin),
        next_(segment.tokens.get()) {}

  bool clean() const { return held_.length == kNoMatch; }
  size_t place() const { return place_; }

  // Looks at one place: either the match held from the place before is taken, or the match found here is held.
  void Step() {
    const Found before = held_;
    held_ = Found();
    const uint32_t look = static_cast<uint32_t>(std::min<size_t>(size_ - place_, kLongestMatch));
    if (look > before.length && before.length < tuning_.lazy) held_ = FindHere(look);
    if (before.length > kNoMatch && held_.length <= before.length) {
      *next_++ = MatchToken(before.length, before.distance);
      place_ += before.length - 1;
      pending_ = false;
      held_ = Found();
      return;
    }
    if (pending_) *next_++ = LiteralToken(bytes_[place_ - 1]);
    ++place_;
    pending_ = true;
  }

  void Run(size_t end) {
    while (place_ < end) Step();
  }
  // Runs on to a clean place at or behind `end`, and marks clean places as bits counted from `origin`.
  void RunMarking(size_t origin, size_t end, CleanPlaces& marks) {
    while (place_ < end || !clean()) {
      if (clean()) marks.set(place_ - origin);
      Step();
    }
    marks.set(place_ - origin);
  }
  void Finish() {
    if (pending_) *next_++ = LiteralToken(bytes_[place_ - 1]);
    pending_ = false;
  }

  // Behind the last token.
  const Token* next() const { return next_; }

 private:
  Found FindHere(uint32_t look) const {
    const uint32_t tries = std::min(buckets_.before(place_), static_cast<uint32_t>(tuning_.chain));
    if (tries == 0) return Found();
    const uint32_t here = static_cast<uint32_t>(place_);
    buckets_.Prefetch(place_ + 4);
    const uint32_t most_distance = window_.MostDistance(offset_ + static_cast<int64_t>(place_));
    Search search(bytes_ + place_, look, tuning_.nice);
    const uint32_t* candidate = buckets_.end_of_candidates(place_);
    for (const uint32_t* const last = candidate - tries; candidate != last;) {
      const uint32_t distance = here - *--candidate;
      if (distance > most_distance || search.Try(distance)) break;
    }
    return search.best();
  }

  const Tuning tuning_;
  const Buckets& buckets_;
  const uint8_t* const bytes_;
  const size_t size_;
  const int64_t offset_;  // of byte 0 in the input
  const Window window_;
  size_t place_;
  Token* next_;
  Found held_;            // the match found at the place before
  bool pending_ = false;  // the byte before is not written yet
};

}  // namespace

void ParseLazily(const Tuning& tuning, size_t begin, Buckets& buckets, Segment& segment) {
  buckets.Build(segment);
  segment.clean_at_begin.reset();
  segment.clean_at_end.reset();
  segment.begin = begin;
  LazyParse parse(tuning, buckets, begin, segment);
  if (segment.last) {
    const size_t first = std::min(segment.size, kHistoryBytes + kOverlapBytes);
    while (parse.place() < first) {
      if (parse.clean()) segment.clean_at_begin.set(parse.place() - kHistoryBytes);
      parse.Step();
    }
    parse.Run(segment.size);
  } else {
    parse.RunMarking(kHistoryBytes, std::max(begin, kHistoryBytes + kOverlapBytes), segment.clean_at_begin);
    parse.Run(kBodyEnd);
    parse.RunMarking(kBodyEnd, kBodyEnd + kOverlapBytes, segment.clean_at_end);
  }
  parse.Finish();
  segment.end = parse.place();
  segment.token_count = static_cast<size_t>(parse.next() - segment.tokens.get());
}

}  // namespace waybill::oci::deflate::match
