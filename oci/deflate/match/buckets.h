// SPDX-License-Identifier: Apache-2.0
// Where the same bytes occurred before: the places of a segment, sorted by the hash of their first four bytes.
#ifndef WAYBILL_OCI_DEFLATE_MATCH_BUCKETS_H_
#define WAYBILL_OCI_DEFLATE_MATCH_BUCKETS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "oci/deflate/match/segment.h"

namespace waybill::oci::deflate::match {

// The candidates of each place of one segment, for encoders that enter every place. Go walks a chain from one candidate
// to the next, and each step waits for memory. Here the candidates of a place lie side by side. Reused from segment to
// segment, because the tables are large. Not thread-safe.
class Buckets {
 public:
  Buckets();
  // Sorts the places of the segment and of the window before it.
  void Build(const Segment& segment);

  // How many places with the same hash come before `place`, or kMany. A place without four bytes has none.
  uint32_t before(size_t place) const { return before_[place]; }
  static constexpr uint32_t kMany = 0xffff;
  // These places, in ascending order, end here.
  const uint32_t* end_of_candidates(size_t place) const { return sorted_.get() + ranks_[place]; }
  // Fetches the candidates of the place that comes kAhead behind `place`.
  void PrefetchAhead(size_t place) const { __builtin_prefetch(sorted_.get() + ranks_[place + kAhead]); }

 private:
  static constexpr size_t kAhead = 8;

  void Clear(const uint8_t* bytes, size_t begin, size_t end);

  std::vector<uint32_t> table_;         // by hash; zeros between two calls of Build
  std::unique_ptr<uint32_t[]> sorted_;  // places, by hash and position
  std::unique_ptr<uint32_t[]> ranks_;   // by place, and kAhead more: where it is in sorted_
  std::unique_ptr<uint16_t[]> before_;  // by place
};

}  // namespace waybill::oci::deflate::match

#endif  // WAYBILL_OCI_DEFLATE_MATCH_BUCKETS_H_
