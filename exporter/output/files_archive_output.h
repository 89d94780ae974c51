// SPDX-License-Identifier: Apache-2.0
// Files as one tar archive (type=tar).
#ifndef WAYBILL_EXPORTER_OUTPUT_FILES_ARCHIVE_OUTPUT_H_
#define WAYBILL_EXPORTER_OUTPUT_FILES_ARCHIVE_OUTPUT_H_

#include <string>
#include <utility>

#include "exporter/files/files.h"
#include "oci/io/stream.h"

namespace waybill::exporter::output {

// Writes to a stream, which is not closed. A failed delivery leaves a part of an archive in it. Files of type local
// have exact times, because somebody will unpack them (FilesOfArchive).
class FilesArchiveStreamOutput : public files::FilesOutput {
 public:
  explicit FilesArchiveStreamOutput(oci::io::Writer& stream) : stream_(stream) {}
  absl::Status Deliver(const oci::Context& context, files::Files& files,
                       const request::ExportOptions& options) override;

 private:
  oci::io::Writer& stream_;
};

// Writes a file, which appears when it is complete and on disk. Whatever file was there before stays until then.
class FilesArchiveOutput : public files::FilesOutput {
 public:
  explicit FilesArchiveOutput(std::string path) : path_(std::move(path)) {}
  absl::Status Deliver(const oci::Context& context, files::Files& files,
                       const request::ExportOptions& options) override;

 private:
  const std::string path_;
};

}  // namespace waybill::exporter::output

#endif  // WAYBILL_EXPORTER_OUTPUT_FILES_ARCHIVE_OUTPUT_H_
