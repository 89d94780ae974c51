// SPDX-License-Identifier: Apache-2.0
// Streams of bytes: Reader, Writer, Source, and the one loop that copies.
#ifndef WAYBILL_OCI_IO_STREAM_H_
#define WAYBILL_OCI_IO_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "oci/context.h"

namespace waybill::oci::io {

// One pass over some bytes. Not thread-safe.
class Reader {
 public:
  virtual ~Reader() = default;
  // Fills a part of `buffer` (not empty) and returns how much; 0 means the end, for good.
  virtual absl::StatusOr<size_t> Read(absl::Span<char> buffer) = 0;
};

// Takes bytes in order. Not thread-safe.
class Writer {
 public:
  virtual ~Writer() = default;
  virtual absl::Status Write(absl::string_view bytes) = 0;
  // Flushes; data loss shows here. Nothing may be written afterwards.
  virtual absl::Status Close() = 0;
};

// Bytes that can be opened again, so that a transfer can be repeated. Open may be called from several threads.
class Source {
 public:
  virtual ~Source() = default;
  // Bytes in all.
  virtual int64_t size() const = 0;
  // A reader from `offset` (0 <= offset <= size()) to the end. The reader must not outlive the source.
  virtual absl::StatusOr<std::unique_ptr<Reader>> Open(const Context& context, int64_t offset) const = 0;
};

// Chunks in which bytes move.
inline constexpr size_t kCopyBufferBytes = 256 << 10;

// Copies everything and returns the number of bytes. Checks `context` before each chunk. Does not close `to`.
absl::StatusOr<int64_t> Copy(const Context& context, Reader& from, Writer& to);

// Reads to the end, at most `limit` bytes; more is INVALID_ARGUMENT ("exceeds <limit> bytes").
absl::StatusOr<std::string> ReadAll(const Context& context, Reader& from, int64_t limit);
absl::StatusOr<std::string> ReadAll(const Context& context, const Source& from, int64_t limit);

}  // namespace waybill::oci::io

#endif  // WAYBILL_OCI_IO_STREAM_H_
