// SPDX-License-Identifier: Apache-2.0
// Small readers and writers that other streams are put together with.
#ifndef WAYBILL_OCI_IO_ADAPTERS_H_
#define WAYBILL_OCI_IO_ADAPTERS_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "oci/io/stream.h"

namespace waybill::oci::io {

// Passes on another reader, which must outlive it. For owners of a reader that somebody else looks at afterwards.
class BorrowedReader : public Reader {
 public:
  explicit BorrowedReader(Reader& from) : from_(from) {}
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override { return from_.Read(buffer); }

 private:
  Reader& from_;
};

// Takes bytes and drops them.
class NullWriter : public Writer {
 public:
  absl::Status Write(absl::string_view) override { return absl::OkStatus(); }
  absl::Status Close() override { return absl::OkStatus(); }
};

}  // namespace waybill::oci::io

#endif  // WAYBILL_OCI_IO_ADAPTERS_H_
