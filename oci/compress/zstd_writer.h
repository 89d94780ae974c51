// SPDX-License-Identifier: Apache-2.0
// Writing Zstandard (RFC 8878) with libzstd.
#ifndef WAYBILL_OCI_COMPRESS_ZSTD_WRITER_H_
#define WAYBILL_OCI_COMPRESS_ZSTD_WRITER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "oci/io/stream.h"

namespace waybill::oci::compress {

// libzstd's level for BuildKit's compression-level, which takes any integer and knows four speeds: below 3, 3 to 5 and
// unset, 6 to 9, 10 and above.
int ZstdLevelFor(std::optional<int64_t> compression_level);

// Writes one frame with a checksum to another writer, which must outlive it. The frame names its content size when the
// input is shorter than one block of 128 KiB, as BuildKit's does. The bytes depend on input and level alone, not on how
// the input is cut or on the number of processors; they are not those of BuildKit, whose encoder is another one.
// Memory is constant: about 30 MiB at the usual level. Not thread-safe.
class ZstdWriter : public io::Writer {
 public:
  ZstdWriter(io::Writer& to, int level);
  ~ZstdWriter() override;

  absl::Status Write(absl::string_view bytes) override;
  // Ends the frame. Does not close the other writer.
  absl::Status Close() override;

 private:
  struct State;

  absl::Status Begin(std::optional<uint64_t> content_size);
  absl::Status Compress(absl::string_view bytes, bool end);

  io::Writer& to_;
  const int level_;
  const std::unique_ptr<State> state_;
  bool begun_ = false;
  std::string start_;  // the input until it is longer than a block
  std::string output_;
};

}  // namespace waybill::oci::compress

#endif  // WAYBILL_OCI_COMPRESS_ZSTD_WRITER_H_
