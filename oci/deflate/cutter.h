// SPDX-License-Identifier: Apache-2.0
// Cuts the tokens of a stream into blocks.
#ifndef WAYBILL_OCI_DEFLATE_CUTTER_H_
#define WAYBILL_OCI_DEFLATE_CUTTER_H_

#include <cstdint>
#include <memory>

#include "absl/types/span.h"
#include "oci/deflate/engine.h"
#include "oci/deflate/stage.h"

namespace waybill::oci::deflate {

// For levels 2 to 9, which close a block when it has 16384 tokens. Not thread-safe.
class Cutter {
 public:
  // `lazy` levels decide about a match one place later than others.
  Cutter(Engine& engine, bool lazy, BlockSink sink);

  // Tokens that follow those before. The segment has the bytes that they stand for.
  void Add(absl::Span<const tokens::Token> tokens, const match::Segment& segment);
  // Closes the last block. `segment` is the last one.
  void Finish(const match::Segment& segment);

 private:
  // `decided_at` is the position that the encoder looks at when it closes the block.
  void Close(const match::Segment& segment, int64_t decided_at);

  Engine& engine_;
  const bool lazy_;
  const BlockSink sink_;
  std::unique_ptr<BlockJob> block_;
  int64_t begin_ = 0;  // of the block in the input
  int64_t end_ = 0;    // of the tokens so far
};

}  // namespace waybill::oci::deflate

#endif  // WAYBILL_OCI_DEFLATE_CUTTER_H_
