// SPDX-License-Identifier: Apache-2.0
// Streams over memory.
#ifndef WAYBILL_OCI_IO_STRING_H_
#define WAYBILL_OCI_IO_STRING_H_

#include <string>
#include <utility>

#include "oci/io/stream.h"

namespace waybill::oci::io {

// Reads a view; the bytes must outlive the reader.
class StringReader : public Reader {
 public:
  explicit StringReader(absl::string_view bytes) : rest_(bytes) {}
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override;

 private:
  absl::string_view rest_;
};

// Appends to a string that must outlive the writer.
class StringWriter : public Writer {
 public:
  explicit StringWriter(std::string& out) : out_(out) {}
  absl::Status Write(absl::string_view bytes) override;
  absl::Status Close() override { return absl::OkStatus(); }

 private:
  std::string& out_;
};

// Owns its bytes: for documents, never for layers.
class StringSource : public Source {
 public:
  explicit StringSource(std::string bytes) : bytes_(std::move(bytes)) {}
  int64_t size() const override { return static_cast<int64_t>(bytes_.size()); }
  absl::StatusOr<std::unique_ptr<Reader>> Open(const Context& context, int64_t offset) const override;

 private:
  const std::string bytes_;
};

}  // namespace waybill::oci::io

#endif  // WAYBILL_OCI_IO_STRING_H_
