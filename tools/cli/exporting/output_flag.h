// SPDX-License-Identifier: Apache-2.0
// --output as buildctl and buildx read it (buildx, util/buildflags/export.go; buildctl, build/output.go).
#ifndef WAYBILL_TOOLS_CLI_EXPORTING_OUTPUT_FLAG_H_
#define WAYBILL_TOOLS_CLI_EXPORTING_OUTPUT_FLAG_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "exporter/request/export_request.h"

namespace waybill::cli::exporting {

// Where an output goes, as the client sees it.
struct OutputFlag {
  // kStream is what cannot be replaced by a file: a device, a FIFO, another open descriptor.
  enum class DestinationKind { kNone, kFile, kDirectory, kStdout, kStream };
  exporter::request::ExportRequest request;  // without "dest"
  DestinationKind destination = DestinationKind::kNone;
  std::string path;                        // empty for kNone; may be "-" for kStdout
  std::vector<std::string> warnings = {};  // what was read as it stands, and probably meant otherwise
};

// What --output may need to know of the world.
struct OutputContext {
  bool stdout_is_terminal = false;
  exporter::request::Attributes annotations = {};  // of --annotation
  bool allow_unknown = false;                      // --allow-unknown: keys that nothing reads are a warning
};

// "type=oci,dest=out.tar,...": CSV of key=value, keys in lower case. A single field that is no "type=..." is the
// directory of type local, or with "-" type tar on stdout; one that is a key of an output with a value is refused, for
// lack of a type. type=registry is type=image with push=true. `taken` are the outputs before this one. Errors:
// INVALID_ARGUMENT in buildx' words, with what was probably meant.
absl::StatusOr<OutputFlag> ParseOutputFlag(absl::string_view text, const OutputContext& context,
                                           const std::vector<OutputFlag>& taken);

}  // namespace waybill::cli::exporting

#endif  // WAYBILL_TOOLS_CLI_EXPORTING_OUTPUT_FLAG_H_
