// SPDX-License-Identifier: Apache-2.0
// Where an export goes, chosen by its options.
#ifndef WAYBILL_EXPORTER_OUTPUT_OUTPUT_H_
#define WAYBILL_EXPORTER_OUTPUT_OUTPUT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "exporter/deliver.h"
#include "exporter/files/files.h"
#include "exporter/request/options.h"
#include "oci/io/stream.h"
#include "oci/registry/client.h"

namespace waybill::exporter::output {

// What the user named: a path, or a stream that somebody else opened and closes. One of the two for types that write
// files; neither for the image type.
struct Destination {
  std::string path;                           // a file for an archive, a directory for tar=false and local
  oci::io::Writer* stream = nullptr;          // archives only; must outlive the output
  oci::registry::Client* registry = nullptr;  // for pushes; must outlive the output
};

// The output for type oci or docker (an archive or a layout directory) or image (a push to registries, or nothing).
// Errors: INVALID_ARGUMENT when the destination does not fit the options; UNIMPLEMENTED naming an option that is not
// there.
absl::StatusOr<std::unique_ptr<Output>> NewOutput(const request::ExportOptions& options,
                                                  const Destination& destination);

// The output for type local (a directory) or tar (an archive). Errors: INVALID_ARGUMENT when the destination does not
// fit the options.
absl::StatusOr<std::unique_ptr<files::FilesOutput>> NewFilesOutput(const request::ExportOptions& options,
                                                                   const Destination& destination);

}  // namespace waybill::exporter::output

#endif  // WAYBILL_EXPORTER_OUTPUT_OUTPUT_H_
