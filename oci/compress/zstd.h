// SPDX-License-Identifier: Apache-2.0
// Reading Zstandard (RFC 8878).
#ifndef WAYBILL_OCI_COMPRESS_ZSTD_H_
#define WAYBILL_OCI_COMPRESS_ZSTD_H_

#include <memory>
#include <string>

#include "oci/io/stream.h"

namespace waybill::oci::compress {

// Frames one after the other are one stream; skippable frames are passed over. Windows up to 128 MiB (2^27, the limit
// of the zstd command) are taken: memory is bounded by that and no more. Errors: INVALID_ARGUMENT with libzstd's words
// and the uncompressed byte where it happened.
class ZstdReader : public io::Reader {
 public:
  explicit ZstdReader(std::unique_ptr<io::Reader> from);
  ~ZstdReader() override;
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override;

 private:
  struct State;

  absl::Status Corrupt(absl::string_view what) const;

  const std::unique_ptr<io::Reader> from_;
  const std::unique_ptr<State> state_;
  std::string input_;
  size_t input_size_ = 0;
  size_t input_offset_ = 0;
  bool in_frame_ = false;
  bool flushing_ = false;  // libzstd may hold more output than fitted the buffer
  int64_t position_ = 0;   // uncompressed bytes given
};

}  // namespace waybill::oci::compress

#endif  // WAYBILL_OCI_COMPRESS_ZSTD_H_
