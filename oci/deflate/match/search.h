// SPDX-License-Identifier: Apache-2.0
// The search for the best match at one place (levels 2 to 9).
#ifndef WAYBILL_OCI_DEFLATE_MATCH_SEARCH_H_
#define WAYBILL_OCI_DEFLATE_MATCH_SEARCH_H_

#include <algorithm>
#include <cstdint>

#include "oci/deflate/match/tuning.h"
#include "oci/deflate/tokens/token.h"
#include "oci/deflate/tokens/words.h"

namespace waybill::oci::deflate::match {

// The shortest match that is written, less one: "no match" as a length.
inline constexpr uint32_t kNoMatch = 3;

struct Found {
  uint32_t length = kNoMatch;
  uint32_t distance = 0;
};

// The longest match at one place, the nearest of equal ones, among those that are longer than another. A match of four
// bytes counts only in the nearest 4096 bytes.
class Search {
 public:
  // Matches of more than `than` and at most `look` bytes at `here`. One of `nice` bytes is good enough.
  Search(const uint8_t* here, uint32_t than, uint32_t look, uint32_t nice)
      : here_(here),
        wanted_(tokens::Load32(here + than - kNoMatch)),
        most_(std::min(look, tokens::kLongestMatch)),
        goal_(std::min(nice, most_)),
        best_{.length = than, .distance = 0} {}

  // Looks at the candidate `distance` bytes back, the nearest first. True when the search is over.
  bool Try(uint32_t distance) { return MayImprove(distance) && TryEqual(here_ - distance, distance); }
  // False when the candidate is certainly no longer match than the best so far.
  bool MayImprove(uint32_t distance) const {
    return tokens::Load32(here_ - distance + best_.length - kNoMatch) == wanted_;
  }
  // False when that holds for all of four candidates, which are places in `bytes`.
  bool MayImprove(const uint8_t* bytes, const uint32_t* four) const {
    const uint8_t* const ends = bytes + best_.length - kNoMatch;
    return tokens::Load32(ends + four[0]) == wanted_ || tokens::Load32(ends + four[1]) == wanted_ ||
           tokens::Load32(ends + four[2]) == wanted_ || tokens::Load32(ends + four[3]) == wanted_;
  }
  const Found& best() const { return best_; }

 private:
  static constexpr uint32_t kMostForFour = 4096;

  bool TryEqual(const uint8_t* there, uint32_t distance) {
    const uint32_t length = tokens::CommonPrefix(here_, there, most_);
    if (length <= best_.length || (length == 4 && distance > kMostForFour)) return false;
    best_ = {length, distance};
    wanted_ = tokens::Load32(here_ + length - kNoMatch);
    return length >= goal_;
  }

  const uint8_t* const here_;
  uint32_t wanted_;  // what is longer than the best so far has these four bytes, the last ones that it needs
  const uint32_t most_;
  const uint32_t goal_;
  Found best_;
};

}  // namespace waybill::oci::deflate::match

#endif  // WAYBILL_OCI_DEFLATE_MATCH_SEARCH_H_
