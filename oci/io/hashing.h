// SPDX-License-Identifier: Apache-2.0
// Bytes hashed as they pass, so that none is read twice.
#ifndef WAYBILL_OCI_IO_HASHING_H_
#define WAYBILL_OCI_IO_HASHING_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "oci/digest.h"
#include "oci/io/stream.h"

namespace waybill::oci::io {

// Passes bytes on to another writer, which must outlive it, and hashes and counts them. Close closes the other.
class HashingWriter : public Writer {
 public:
  // `hasher` chooses the algorithm.
  HashingWriter(Writer& to, Hasher hasher) : to_(to), hasher_(std::move(hasher)) {}
  absl::Status Write(absl::string_view bytes) override;
  absl::Status Close() override { return to_.Close(); }

  int64_t size() const { return size_; }
  Digest digest() const { return hasher_.Current(); }

 private:
  Writer& to_;
  Hasher hasher_;
  int64_t size_ = 0;
};

// Hashes and counts what is read through it. What came is known once Read has returned 0.
class HashingReader : public Reader {
 public:
  HashingReader(std::unique_ptr<Reader> from, Hasher hasher) : from_(std::move(from)), hasher_(std::move(hasher)) {}
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override;

  int64_t size() const { return size_; }
  Digest digest() const { return hasher_.Current(); }

 private:
  const std::unique_ptr<Reader> from_;
  Hasher hasher_;
  int64_t size_ = 0;
};

struct Hashed {
  int64_t size = 0;  // bytes
  Digest digest;
};

// Copy that also hashes; `hasher` chooses the algorithm. Long streams are hashed on a second thread while the next
// bytes are read and written. Never writes more than `limit` bytes: when more come it stops, with a size above the
// limit. A limit below 0 is none.
absl::StatusOr<Hashed> CopyHashed(const Context& context, Reader& from, Writer& to, Hasher hasher, int64_t limit);

}  // namespace waybill::oci::io

#endif  // WAYBILL_OCI_IO_HASHING_H_
