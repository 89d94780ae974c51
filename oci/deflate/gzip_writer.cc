// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/gzip_writer.h"

#include "absl/memory/memory.h"
#include "oci/deflate/gzip_frame.h"
#include "oci/status_macros.h"

namespace waybill::oci::deflate {
namespace {

// Output goes on in pieces of at least this size.
constexpr size_t kPassBytes = 64 << 10;

}  // namespace

absl::StatusOr<std::unique_ptr<GzipWriter>> GzipWriter::New(Engine& engine, io::Writer& to,
                                                            const GzipOptions& options) {
  ABSL_ASSIGN_OR_RETURN(const int level, GzipLevel(options.level));
  return absl::WrapUnique(new GzipWriter(engine, to, level, options.flush_at_end));
}

GzipWriter::GzipWriter(Engine& engine, io::Writer& to, int level, bool flush_at_end)
    : to_(to), flush_at_end_(flush_at_end), stream_(engine, level) {
  stream_.output() = GzipHeader(level);
}

absl::Status GzipWriter::Write(absl::string_view bytes) {
  ABSL_RETURN_IF_ERROR(status_);
  // In parts, so that a large write does not hold all of its output.
  constexpr size_t kPartBytes = 1 << 20;
  while (!bytes.empty()) {
    const absl::string_view part = bytes.substr(0, kPartBytes);
    stream_.Append(part);
    bytes.remove_prefix(part.size());
    if (stream_.output().size() >= kPassBytes) ABSL_RETURN_IF_ERROR(Pass());
  }
  return absl::OkStatus();
}

absl::Status GzipWriter::Close() {
  ABSL_RETURN_IF_ERROR(status_);
  stream_.Finish(flush_at_end_);
  stream_.output() += GzipTrailer(stream_.crc32(), stream_.input_size());
  return Pass();
}

absl::Status GzipWriter::Pass() {
  status_ = to_.Write(stream_.output());
  stream_.output().clear();
  return status_;
}

}  // namespace waybill::oci::deflate
