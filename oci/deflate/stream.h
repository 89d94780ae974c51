// SPDX-License-Identifier: Apache-2.0
// Raw deflate data (RFC 1951), byte for byte what the compress/flate of Go 1.26 writes.
#ifndef WAYBILL_OCI_DEFLATE_STREAM_H_
#define WAYBILL_OCI_DEFLATE_STREAM_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "oci/deflate/engine.h"
#include "oci/deflate/entropy/bits.h"
#include "oci/deflate/stage.h"

namespace waybill::oci::deflate {

// One stream: bytes in, bytes out, and the checksum of what came in. The bytes depend on the input and the level, not
// on how the input is cut into pieces and not on threads. Segments and blocks in work are bounded, so memory is
// constant. Not thread-safe.
class Stream {
 public:
  // `level` is kLeastLevel to kMostLevel. `engine` outlives the stream.
  Stream(Engine& engine, int level);
  // Waits for what is in work.
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void Append(absl::string_view bytes);
  // The end of the input, once. With `flush` the stream has what Go's Flush writes before the end: an empty stored
  // block.
  void Finish(bool flush);

  // What is ready, for the caller to take away.
  std::string& output() { return joiner_.bytes(); }
  // Of the whole input, after Finish.
  uint32_t crc32() const { return crc32_; }
  int64_t input_size() const { return input_size_; }

 private:
  void BeginSegment(bool last);
  void CutFront();
  void Encode(std::unique_ptr<BlockJob> block);
  void JoinFront();

  Engine& engine_;
  const std::unique_ptr<Stage> stage_;
  std::unique_ptr<SegmentJob> filling_;              // null before the first byte and after the end
  std::deque<std::unique_ptr<SegmentJob>> parsing_;  // in the order of the input
  std::deque<std::unique_ptr<BlockJob>> encoding_;   // in the order of the output
  entropy::BitJoiner joiner_;
  uint32_t crc32_ = 0;
  int64_t input_size_ = 0;
};

}  // namespace waybill::oci::deflate

#endif  // WAYBILL_OCI_DEFLATE_STREAM_H_
