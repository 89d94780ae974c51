// SPDX-License-Identifier: Apache-2.0
// From segments to blocks: how each group of levels does it.
#ifndef WAYBILL_OCI_DEFLATE_STAGE_H_
#define WAYBILL_OCI_DEFLATE_STAGE_H_

#include <functional>
#include <memory>

#include "oci/deflate/engine.h"

namespace waybill::oci::deflate {

// Is given each block when it is complete.
using BlockSink = std::function<void(std::unique_ptr<BlockJob>)>;

// Match finding for one stream. Not thread-safe; its jobs run on the engine's workers.
class Stage {
 public:
  virtual ~Stage() = default;
  // Starts the parse of the next segment, which must stay until it is cut.
  virtual void Begin(SegmentJob& job) = 0;
  // Waits for the first segment that is not cut yet, `front`, and makes blocks of it. `next` is the segment behind it,
  // begun too; null when `front` is the last one.
  virtual void Cut(SegmentJob& front, SegmentJob* next) = 0;
};

inline constexpr int kLeastLevel = -2;  // literals only
inline constexpr int kMostLevel = 9;
inline constexpr int kDefaultLevel = 6;

// The stage for `level`, kLeastLevel to kMostLevel. `engine` outlives it.
std::unique_ptr<Stage> NewStage(Engine& engine, int level, BlockSink sink);

}  // namespace waybill::oci::deflate

#endif  // WAYBILL_OCI_DEFLATE_STAGE_H_
