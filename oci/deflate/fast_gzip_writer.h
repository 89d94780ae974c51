// SPDX-License-Identifier: Apache-2.0
// gzip (RFC 1952) by libdeflate, several times faster than with the bytes of BuildKit, and smaller.
#ifndef WAYBILL_OCI_DEFLATE_FAST_GZIP_WRITER_H_
#define WAYBILL_OCI_DEFLATE_FAST_GZIP_WRITER_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/deflate/engine.h"
#include "oci/io/stream.h"

namespace waybill::oci::deflate {

// Compresses one member into another writer, which must outlive it, as must `engine`. The input is cut into pieces that
// the engine's threads compress (pieces/pair_compressor.h). The bytes depend on the input and the level, and on the
// version of libdeflate; not on how the input is written and not on threads. Memory is constant: 3 MiB for each
// thread and the caller, at most 48 MiB. Write may wait for the engine's threads and helps them meanwhile. Errors are
// those of the other writer; after one every call fails with it. Not thread-safe.
class FastGzipWriter : public io::Writer {
 public:
  // Takes the levels of GzipWriter. Of programs each from 1 on makes fewer bytes than GzipWriter does; of much text
  // that repeats itself, such as C headers, up to a tenth more. -2 is as 1. INVALID_ARGUMENT for another level, in the
  // same words.
  static absl::StatusOr<std::unique_ptr<FastGzipWriter>> New(Engine& engine, io::Writer& to, int level);
  // Waits for what is in work.
  ~FastGzipWriter() override;

  absl::Status Write(absl::string_view bytes) override;
  // Ends the member. Does not close the other writer. A member that is not closed is cut short.
  absl::Status Close() override;

 private:
  FastGzipWriter(Engine& engine, io::Writer& to, int level);
  std::unique_ptr<PairJob> TakePair();
  absl::Status Begin(bool last);
  absl::Status PassFront();
  absl::Status PassPair(const PairJob& job);

  Engine& engine_;
  io::Writer& to_;
  const int level_;
  std::string header_;                                // until it is written
  std::unique_ptr<PairJob> filling_;                  // null before the first byte
  std::deque<std::unique_ptr<PairJob>> compressing_;  // in the order of the input
  uint32_t crc32_ = 0;                                // of what was passed on
  int64_t input_size_ = 0;                            // likewise
  absl::Status status_;
};

}  // namespace waybill::oci::deflate

#endif  // WAYBILL_OCI_DEFLATE_FAST_GZIP_WRITER_H_
