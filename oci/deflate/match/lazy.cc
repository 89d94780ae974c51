// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/match/lazy.h"

#include <algorithm>

#include "absl/base/attributes.h"
#include "oci/deflate/match/search.h"
#include "oci/deflate/match/window.h"

namespace waybill::oci::deflate::match {
namespace {

// Where a parse is.
struct State {
  size_t place;          // looked at next
  tokens::Token* next;   // behind the last token
  Found held;            // the match found at the place before
  bool pending = false;  // the byte before is not written yet
  bool clean() const { return held.length == kNoMatch; }
};

class LazyParse {
 public:
  LazyParse(const Tuning& tuning, const Buckets& buckets, const Segment& segment)
      : tuning_(tuning),
        buckets_(buckets),
        bytes_(segment.bytes.data()),
        size_(segment.size),
        offset_(segment.position - static_cast<int64_t>(kHistoryBytes)),
        window_(segment.last ? offset_ + static_cast<int64_t>(segment.size) : Window::kUnknown) {}

  // Looks at one place: either the match held from the place before is taken, or the match found here is held.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Step(State& state) const {
    const Found before = state.held;
    state.held = Found();
    const uint32_t look = static_cast<uint32_t>(std::min<size_t>(size_ - state.place, tokens::kLongestMatch));
    if (before.length < std::min(look, tuning_.lazy)) state.held = FindAt(state.place, before.length, look);
    if (before.length > kNoMatch && state.held.length <= before.length) {
      *state.next++ = tokens::MatchToken(before.length, before.distance);
      state.place += before.length - 1;
      state.pending = false;
      state.held = Found();
      return;
    }
    WritePending(state);
    ++state.place;
    state.pending = true;
  }

  State Run(State state, size_t end) const {
    while (state.place < end) Step(state);
    return state;
  }
  // Marks clean places before `end`, as bits counted from `origin`.
  State RunMarking(State state, size_t origin, size_t end, CleanPlaces& marks) const {
    while (state.place < end) {
      if (state.clean()) marks.set(state.place - origin);
      Step(state);
    }
    return state;
  }
  // Goes on to a clean place, and marks it.
  State RunToClean(State state, size_t origin, CleanPlaces& marks) const {
    while (!state.clean()) Step(state);
    marks.set(state.place - origin);
    return state;
  }
  // Writes the byte before the place, if it is not written yet. `next` may then point behind a token that does not
  // count.
  void WritePending(State& state) const {
    // Without a branch, which would often be mispredicted. There is a byte before every place.
    *state.next = tokens::LiteralToken(bytes_[state.place - 1]);
    state.next += state.pending ? 1 : 0;
  }

 private:
  // The longest match, if it is longer than `than`; else any length up to that.
  ABSL_ATTRIBUTE_ALWAYS_INLINE Found FindAt(size_t place, uint32_t than, uint32_t look) const {
    buckets_.PrefetchAhead(place);
    const uint32_t tries = std::min(buckets_.before(place), static_cast<uint32_t>(tuning_.chain));
    if (tries == 0) return Found();
    const auto here = static_cast<uint32_t>(place);
    const uint32_t most_distance = window_.MostDistance(offset_ + static_cast<int64_t>(place));
    Search search(bytes_ + place, than, look, tuning_.nice);
    const uint32_t* candidate = buckets_.end_of_candidates(place);
    const uint32_t* const last = candidate - tries;
    // Long chains are mostly candidates that cannot improve: four at a time.
    while (candidate - last >= 4 && here - candidate[-4] <= most_distance) {
      if (!search.MayImprove(bytes_, candidate - 4)) {
        candidate -= 4;
        continue;
      }
      for (const uint32_t* const four = candidate - 4; candidate != four;) {
        if (search.Try(here - *--candidate)) return search.best();
      }
    }
    while (candidate != last) {
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
};

}  // namespace

void ParseLazily(const Tuning& tuning, size_t begin, Buckets& buckets, Segment& segment) {
  buckets.Build(segment);
  segment.clean_at_begin.reset();
  segment.clean_at_end.reset();
  const LazyParse parse(tuning, buckets, segment);
  State state = {.place = begin, .next = segment.tokens.get()};
  const size_t end = segment.body_end();
  state = parse.RunMarking(state, kHistoryBytes, std::min(end, kHistoryBytes + kOverlapBytes), segment.clean_at_begin);
  state = parse.Run(state, end);
  if (!segment.last) {
    state = parse.RunMarking(state, kBodyEnd, kBodyEnd + kOverlapBytes, segment.clean_at_end);
    state = parse.RunToClean(state, kBodyEnd, segment.clean_at_end);
  }
  parse.WritePending(state);
  segment.begin = begin;
  segment.end = state.place;
  segment.token_count = static_cast<size_t>(state.next - segment.tokens.get());
}

}  // namespace waybill::oci::deflate::match
