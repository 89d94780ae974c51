// SPDX-License-Identifier: Apache-2.0
// Levels 4 to 9: a match is taken when the one at the next place is not longer.
#ifndef WAYBILL_OCI_DEFLATE_MATCH_LAZY_H_
#define WAYBILL_OCI_DEFLATE_MATCH_LAZY_H_

#include "oci/deflate/match/buckets.h"
#include "oci/deflate/match/segment.h"
#include "oci/deflate/match/tuning.h"

namespace waybill::oci::deflate::match {

// Parses `segment` from byte `begin` of its bytes, as if a match had ended there, and marks clean places. Every level
// of this kind enters all places, so that a segment can be parsed without those before it: once its parse
// and the one that comes from before are clean at the same place, they are equal. The parse goes on to a clean place
// behind the overlap, or to the end of the input.
void ParseLazily(const Tuning& tuning, size_t begin, Buckets& buckets, Segment& segment);

}  // namespace waybill::oci::deflate::match

#endif  // WAYBILL_OCI_DEFLATE_MATCH_LAZY_H_
