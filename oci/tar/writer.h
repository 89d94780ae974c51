// SPDX-License-Identifier: Apache-2.0
// Writes a tar archive as a stream.
#ifndef WAYBILL_OCI_TAR_WRITER_H_
#define WAYBILL_OCI_TAR_WRITER_H_

#include <cstdint>

#include "oci/io/stream.h"
#include "oci/tar/entry.h"

namespace waybill::oci::tar {

// Begin(entry), then exactly entry.size bytes by Write when its type has data, and so on; Close ends the archive with
// two zero blocks and nothing more. Bytes go straight to the writer below, which must outlive this and is not closed.
// An entry that no header can hold is INVALID_ARGUMENT, and nothing of it is written. Too many or too few bytes for an
// entry are INTERNAL: the caller announced the size.
class Writer : public io::Writer {
 public:
  explicit Writer(io::Writer& to) : to_(to) {}

  absl::Status Begin(const Entry& entry);
  absl::Status Write(absl::string_view bytes) override;
  absl::Status Close() override;

 private:
  // Pads the current entry, which must be complete.
  absl::Status EndEntry();

  io::Writer& to_;
  int64_t rest_ = 0;     // bytes that the current entry still needs
  int64_t padding_ = 0;  // zero bytes after them
};

}  // namespace waybill::oci::tar

#endif  // WAYBILL_OCI_TAR_WRITER_H_
