// SPDX-License-Identifier: Apache-2.0
// Files as files (type=local).
#ifndef WAYBILL_EXPORTER_OUTPUT_FILES_DIRECTORY_OUTPUT_H_
#define WAYBILL_EXPORTER_OUTPUT_FILES_DIRECTORY_OUTPUT_H_

#include <string>
#include <utility>

#include "exporter/files/files.h"

namespace waybill::exporter::output {

// Writes below a directory, and never outside it (oci/rootfs/disk/directory_output.h). A failed delivery leaves nothing
// of a directory that was not there, and files and directories that are complete in one that was; mode=delete removes
// other files only after everything is written. What the user's rights do not suffice for is one warning.
class FilesDirectoryOutput : public files::FilesOutput {
 public:
  explicit FilesDirectoryOutput(std::string path) : path_(std::move(path)) {}
  absl::Status Deliver(const oci::Context& context, files::Files& files,
                       const request::ExportOptions& options) override;

 private:
  const std::string path_;
};

}  // namespace waybill::exporter::output

#endif  // WAYBILL_EXPORTER_OUTPUT_FILES_DIRECTORY_OUTPUT_H_
