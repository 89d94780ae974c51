// SPDX-License-Identifier: Apache-2.0
// An image as blobs in an OCI layout directory (tar=false).
#ifndef WAYBILL_EXPORTER_OUTPUT_DIRECTORY_OUTPUT_H_
#define WAYBILL_EXPORTER_OUTPUT_DIRECTORY_OUTPUT_H_

#include <string>
#include <utility>

#include "exporter/deliver.h"

namespace waybill::exporter::output {

// Adds the image to the layout in a directory, which is made when it is missing. What the layout has already is neither
// read nor written again.
class DirectoryOutput : public Output {
 public:
  explicit DirectoryOutput(std::string path) : path_(std::move(path)) {}
  absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image& image,
                                            const request::ExportOptions& options) override;

 private:
  const std::string path_;
};

}  // namespace waybill::exporter::output

#endif  // WAYBILL_EXPORTER_OUTPUT_DIRECTORY_OUTPUT_H_
