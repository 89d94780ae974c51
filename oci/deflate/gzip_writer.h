// SPDX-License-Identifier: Apache-2.0
// gzip (RFC 1952) as BuildKit writes it: byte for byte the compress/gzip of Go 1.26 at every level, so that a layer has
// the digest that BuildKit gives it. Another line of Go may write other bytes.
#ifndef WAYBILL_OCI_DEFLATE_GZIP_WRITER_H_
#define WAYBILL_OCI_DEFLATE_GZIP_WRITER_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/deflate/engine.h"
#include "oci/deflate/stream.h"
#include "oci/io/stream.h"

namespace waybill::oci::deflate {

struct GzipOptions {
  // -2 (literals only), -1 (the default: 6), 0 (stored), 1 (fastest) to 9 (smallest).
  int level = -1;
  // Ends the data as Go's Flush followed by Close does. eStargz wants it before the content of a file.
  bool flush_at_end = false;
};

// Compresses one member into another writer, which must outlive it, as must `engine`. Memory is constant. Write may
// wait for the engine's threads and helps them meanwhile. Errors are those of the other writer; after one every call
// fails with it. Not thread-safe.
class GzipWriter : public io::Writer {
 public:
  // INVALID_ARGUMENT for another level, in Go's words ("gzip: invalid compression level: 10").
  static absl::StatusOr<std::unique_ptr<GzipWriter>> New(Engine& engine, io::Writer& to, const GzipOptions& options);

  absl::Status Write(absl::string_view bytes) override;
  // Ends the member. Does not close the other writer, which may take more members. A member that is not closed is cut
  // short.
  absl::Status Close() override;
  // Close will end the data as `flush_at_end` says, for those who know it only then.
  void FlushAtEnd() { flush_at_end_ = true; }

 private:
  GzipWriter(Engine& engine, io::Writer& to, int level, bool flush_at_end);
  absl::Status Pass();

  io::Writer& to_;
  bool flush_at_end_;
  Stream stream_;
  absl::Status status_;
};

}  // namespace waybill::oci::deflate

#endif  // WAYBILL_OCI_DEFLATE_GZIP_WRITER_H_
