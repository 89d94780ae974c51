// SPDX-License-Identifier: Apache-2.0
// Level 1: one candidate for each place, and ever larger steps where there are no matches.
#ifndef WAYBILL_OCI_DEFLATE_MATCH_QUICK_H_
#define WAYBILL_OCI_DEFLATE_MATCH_QUICK_H_

#include <cstdint>
#include <vector>

#include "oci/deflate/match/segment.h"

namespace waybill::oci::deflate::match {

// Parses pieces of the input one after the other, because which places are candidates depends on the steps before.
class QuickParser {
 public:
  QuickParser();
  // A piece shorter than this has no matches.
  static constexpr size_t kShortestPiece = 128;
  // Parses bytes [begin, end) of the segment, at least kShortestPiece and at most kMostStoredBytes of them, as tokens
  // to `to`, which has room for one for each byte. Returns the end of the tokens.
  tokens::Token* Parse(const Segment& segment, size_t begin, size_t end, tokens::Token* to);

 private:
  // The last place with a certain hash.
  struct Candidate {
    uint32_t value = 0;  // its four bytes
    uint32_t time = 0;   // its position, modulo 2^32
  };
  Candidate Exchange(uint32_t value, uint32_t time);
  void ForgetFarCandidates(uint32_t now);

  std::vector<Candidate> candidates_;
  int64_t checked_ = 0;  // position at which far candidates were forgotten
};

}  // namespace waybill::oci::deflate::match

#endif  // WAYBILL_OCI_DEFLATE_MATCH_QUICK_H_
