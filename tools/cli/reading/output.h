// SPDX-License-Identifier: Apache-2.0
// Standard output as a stream that may fail.
#ifndef WAYBILL_TOOLS_CLI_READING_OUTPUT_H_
#define WAYBILL_TOOLS_CLI_READING_OUTPUT_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "oci/io/stream.h"

namespace waybill::cli::reading {

// Flushes std::cout. kStorage when not everything could be written, as when its reader went away.
absl::Status FlushOutput();

// Writes to std::cout; Close flushes it.
class StandardOutput final : public oci::io::Writer {
 public:
  absl::Status Write(absl::string_view bytes) override;
  absl::Status Close() override { return FlushOutput(); }
};

}  // namespace waybill::cli::reading

#endif  // WAYBILL_TOOLS_CLI_READING_OUTPUT_H_
