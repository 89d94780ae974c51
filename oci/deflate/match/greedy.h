// SPDX-License-Identifier: Apache-2.0
// Levels 2 and 3: the first match is taken, and the bytes of a long one are no candidates for later matches.
#ifndef WAYBILL_OCI_DEFLATE_MATCH_GREEDY_H_
#define WAYBILL_OCI_DEFLATE_MATCH_GREEDY_H_

#include <cstdint>
#include <vector>

#include "oci/deflate/match/search.h"
#include "oci/deflate/match/segment.h"
#include "oci/deflate/match/tuning.h"

namespace waybill::oci::deflate::match {

// Parses the segments of a member one after the other, because which places are candidates depends on the matches
// before.
class GreedyParser {
 public:
  explicit GreedyParser(const Tuning& tuning);
  // The segment that follows the last one.
  void Parse(Segment& segment);

 private:
  uint32_t Enter(const uint8_t* here, uint32_t now);
  Found FindHere(const uint8_t* here, uint32_t look, uint32_t now, uint32_t most_distance);
  void ForgetFarHeads(uint32_t now);

  const Tuning tuning_;
  std::vector<uint32_t> heads_;  // by hash: the last position entered
  std::vector<uint16_t> steps_;  // by position in the window: the distance to the one before
  int64_t position_ = 0;         // the next to be parsed
  int64_t heads_checked_ = 0;    // position at which far heads were forgotten
};

}  // namespace waybill::oci::deflate::match

#endif  // WAYBILL_OCI_DEFLATE_MATCH_GREEDY_H_
