// SPDX-License-Identifier: Apache-2.0
// An image as one OCI or docker tarball.
#ifndef WAYBILL_EXPORTER_OUTPUT_ARCHIVE_OUTPUT_H_
#define WAYBILL_EXPORTER_OUTPUT_ARCHIVE_OUTPUT_H_

#include <string>
#include <utility>

#include "exporter/deliver.h"
#include "oci/io/stream.h"

namespace waybill::exporter::output {

// Writes to a stream, which is not closed. A failed delivery leaves a part of an archive in it.
class ArchiveStreamOutput : public Output {
 public:
  explicit ArchiveStreamOutput(oci::io::Writer& stream) : stream_(stream) {}
  absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image& image,
                                            const request::ExportOptions& options) override;

 private:
  oci::io::Writer& stream_;
};

// Writes a file, which appears when it is complete and on disk. Whatever file was there before stays until then.
class ArchiveFileOutput : public Output {
 public:
  explicit ArchiveFileOutput(std::string path) : path_(std::move(path)) {}
  absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image& image,
                                            const request::ExportOptions& options) override;

 private:
  const std::string path_;
};

}  // namespace waybill::exporter::output

#endif  // WAYBILL_EXPORTER_OUTPUT_ARCHIVE_OUTPUT_H_
