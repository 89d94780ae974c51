// SPDX-License-Identifier: Apache-2.0
// A disk of a given size, under a compressor.
#ifndef WAYBILL_OCI_DEFLATE_TESTING_LIMITED_WRITER_H_
#define WAYBILL_OCI_DEFLATE_TESTING_LIMITED_WRITER_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "oci/error.h"
#include "oci/io/stream.h"

namespace waybill::oci::deflate::testing {

// Keeps what is written, up to `limit` bytes; kStorage beyond that.
class LimitedWriter : public io::Writer {
 public:
  absl::Status Write(absl::string_view bytes) override {
    if (text.size() + bytes.size() > limit) return StorageError("disk full");
    text.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  }
  absl::Status Close() override {
    ++closed;
    return absl::OkStatus();
  }

  std::string text;
  size_t limit = std::string::npos;
  int closed = 0;
};

}  // namespace waybill::oci::deflate::testing

#endif  // WAYBILL_OCI_DEFLATE_TESTING_LIMITED_WRITER_H_
