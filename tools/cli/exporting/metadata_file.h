// SPDX-License-Identifier: Apache-2.0
// --metadata-file: where the export's answer goes.
#ifndef WAYBILL_TOOLS_CLI_EXPORTING_METADATA_FILE_H_
#define WAYBILL_TOOLS_CLI_EXPORTING_METADATA_FILE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/context.h"
#include "oci/file/atomic_file.h"
#include "tools/cli/exporting/outputs.h"

namespace waybill::cli::exporting {

class MetadataFile {
 public:
  // `path` may be "-" for standard output and whatever else KindOfPath calls a stream; empty for no file at all. A file
  // is known to be writable afterwards, and untouched until Write. Errors: INVALID_ARGUMENT when one of the `outputs`
  // goes to the same place; those of creating it.
  static absl::StatusOr<std::unique_ptr<MetadataFile>> Open(const std::string& path,
                                                            const std::vector<CheckedOutput>& outputs);

  // Once at most.
  absl::Status Write(const oci::Context& context, absl::string_view text);

 private:
  MetadataFile(std::unique_ptr<oci::file::AtomicFile> file, std::string stream)
      : file_(std::move(file)), stream_(std::move(stream)) {}

  const std::unique_ptr<oci::file::AtomicFile> file_;  // null for a stream and for no file
  const std::string stream_;                           // empty for a file
};

}  // namespace waybill::cli::exporting

#endif  // WAYBILL_TOOLS_CLI_EXPORTING_METADATA_FILE_H_
