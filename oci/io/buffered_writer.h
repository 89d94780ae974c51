// SPDX-License-Identifier: Apache-2.0
// Small writes joined into large ones.
#ifndef WAYBILL_OCI_IO_BUFFERED_WRITER_H_
#define WAYBILL_OCI_IO_BUFFERED_WRITER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "oci/io/stream.h"

namespace waybill::oci::io {

// Passes pieces of kCopyBufferBytes on, and large writes as they are. What Close has not passed on is lost with this.
class BufferedWriter : public Writer {
 public:
  // `to` must outlive this and is not closed.
  explicit BufferedWriter(Writer& to) : to_(to) {}
  absl::Status Write(absl::string_view bytes) override;
  absl::Status Close() override { return Flush(); }

 private:
  absl::Status Flush();

  Writer& to_;
  std::string held_;
};

}  // namespace waybill::oci::io

#endif  // WAYBILL_OCI_IO_BUFFERED_WRITER_H_
