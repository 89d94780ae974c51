// SPDX-License-Identifier: Apache-2.0
// Small writes joined into large ones.
#ifndef WAYBILL_EXPORTER_FILES_BUFFERED_WRITER_H_
#define WAYBILL_EXPORTER_FILES_BUFFERED_WRITER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "oci/io/stream.h"

namespace waybill::exporter::files {

// Passes pieces of oci::io::kCopyBufferBytes on, and large writes as they are. What Close has not passed on is lost
// with this.
class BufferedWriter : public oci::io::Writer {
 public:
  // `to` must outlive this and is not closed.
  explicit BufferedWriter(oci::io::Writer& to) : to_(to) {}
  absl::Status Write(absl::string_view bytes) override;
  absl::Status Close() override { return Flush(); }

 private:
  absl::Status Flush();

  oci::io::Writer& to_;
  std::string held_;
};

}  // namespace waybill::exporter::files

#endif  // WAYBILL_EXPORTER_FILES_BUFFERED_WRITER_H_
