// SPDX-License-Identifier: Apache-2.0
// The search for the best match at one place (levels 2 to 9).
#ifndef WAYBILL_OCI_DEFLATE_MATCH_SEARCH_H_
#define WAYBILL_OCI_DEFLATE_MATCH_SEARCH_H_

#include <algorithm>
#include <cstdint>

#include "oci/deflate/match/tuning.h"
#include "oci/deflate/token.h"
#include "oci/deflate/words.h"

namespace waybill::oci::deflate::match {

// The shortest match that is written, less one: "no match" as a length.
inline constexpr uint32_t kNoMatch = 3;

struct Found {
  uint32_t length = kNoMatch;
  uint32_t distance = 0;
};

// Looks for the longest match at `here` of at most `look` bytes and at most `most_distance` bytes back; the nearest of
// equal ones. `distance` leads to the first candidate and next(d) from a candidate d bytes back to the distance of the
// one before it. A match of four bytes counts only in the nearest 4096 bytes.
template <typename Next>
Found Search(const uint8_t* here, uint32_t look, uint32_t distance, uint32_t most_distance, const Tuning& tuning,
             const Next& next) {
  constexpr uint32_t kMostForFour = 4096;
  Found best;
  const uint32_t most = std::min(look, kLongestMatch);
  const uint32_t goal = std::min(tuning.nice, most);
  // Whatever is longer than the best so far has these four bytes in common with `here`.
  uint32_t wanted = Load32(here);
  for (int tries = tuning.chain; distance <= most_distance; distance = next(distance)) {
    const uint8_t* there = here - distance;
    if (Load32(there + best.length - kNoMatch) == wanted) {
      const uint32_t length = CommonPrefix(here, there, most);
      if (length > best.length && (length > 4 || distance <= kMostForFour)) {
        best = {length, distance};
        if (length >= goal) break;
        wanted = Load32(here + length - kNoMatch);
      }
    }
    if (--tries == 0) break;
  }
  return best;
}

}  // namespace waybill::oci::deflate::match

#endif  // WAYBILL_OCI_DEFLATE_MATCH_SEARCH_H_
