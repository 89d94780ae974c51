// SPDX-License-Identifier: Apache-2.0
// A part of a source, as a source.
#ifndef WAYBILL_OCI_IO_SLICE_H_
#define WAYBILL_OCI_IO_SLICE_H_

#include <cstdint>
#include <memory>

#include "oci/io/stream.h"

namespace waybill::oci::io {

// Bytes [offset, offset + size) of `whole`, which must outlive it.
class Slice : public io::Source {
 public:
  Slice(const io::Source& whole, int64_t offset, int64_t size) : whole_(whole), offset_(offset), size_(size) {}

  int64_t size() const override { return size_; }
  absl::StatusOr<std::unique_ptr<io::Reader>> Open(const Context& context, int64_t offset) const override;

 private:
  const io::Source& whole_;
  const int64_t offset_;
  const int64_t size_;
};

}  // namespace waybill::oci::io

#endif  // WAYBILL_OCI_IO_SLICE_H_
