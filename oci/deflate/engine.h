// SPDX-License-Identifier: Apache-2.0
// What encoders share: threads and memory.
#ifndef WAYBILL_OCI_DEFLATE_ENGINE_H_
#define WAYBILL_OCI_DEFLATE_ENGINE_H_

#include <cstdint>
#include <memory>

#include "oci/deflate/entropy/block.h"
#include "oci/deflate/match/buckets.h"
#include "oci/deflate/match/segment.h"
#include "oci/deflate/pieces/pair_compressor.h"
#include "oci/deflate/recycler.h"
#include "oci/deflate/workers.h"

namespace waybill::oci::deflate {

// A segment whose parse may be under way.
struct SegmentJob {
  match::Segment segment;
  Job parse;
};

// A block whose encoding may be under way.
struct BlockJob {
  entropy::BlockInput input;
  entropy::BlockOutput output;
  Job encode;
};

// Two pieces whose compression may be under way. Input memory is not cleared when it is made.
struct PairJob {
  std::unique_ptr<uint8_t[]> input = std::make_unique_for_overwrite<uint8_t[]>(pieces::kPairBytes);
  size_t size = 0;  // of the input
  uint32_t crc32 = 0;
  pieces::PairCompressor compressor;
  bool good = false;  // it could be compressed
  Job compress;
};

// Serves any number of encoders at once, so that several streams share the threads and each finds its memory ready:
// 1.4 MB for each segment of 256 KiB in work, at worst, and 3.6 MB more while it is parsed; 3 MB for each pair.
// Thread-safe. Outlives the encoders.
struct Engine {
  // `threads` of the pool besides those of the encoders' callers, which help while they wait.
  explicit Engine(int threads) : workers(threads) {}

  Workers workers;
  Recycler<SegmentJob> segments;
  Recycler<BlockJob> blocks;
  Recycler<match::Buckets> buckets;
  Recycler<PairJob> pairs;
};

}  // namespace waybill::oci::deflate

#endif  // WAYBILL_OCI_DEFLATE_ENGINE_H_
