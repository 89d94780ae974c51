// SPDX-License-Identifier: Apache-2.0
#include "exporter/files/buffered_writer.h"

#include "oci/status_macros.h"

namespace waybill::exporter::files {

absl::Status BufferedWriter::Write(absl::string_view bytes) {
  if (held_.size() + bytes.size() > oci::io::kCopyBufferBytes) ABSL_RETURN_IF_ERROR(Flush());
  if (bytes.size() >= oci::io::kCopyBufferBytes) return to_.Write(bytes);
  held_.append(bytes.data(), bytes.size());
  return absl::OkStatus();
}

absl::Status BufferedWriter::Flush() {
  if (held_.empty()) return absl::OkStatus();
  const absl::Status written = to_.Write(held_);
  held_.clear();
  return written;
}

}  // namespace waybill::exporter::files
