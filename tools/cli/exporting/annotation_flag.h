// SPDX-License-Identifier: Apache-2.0
// --annotation as buildx reads it (buildx, util/buildflags/export.go). Unlike a key of --output it keeps its case.
#ifndef WAYBILL_TOOLS_CLI_EXPORTING_ANNOTATION_FLAG_H_
#define WAYBILL_TOOLS_CLI_EXPORTING_ANNOTATION_FLAG_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "exporter/request/export_request.h"

namespace waybill::cli::exporting {

// "[TYPE[,TYPE]...:]KEY=VALUE" as attributes of an exporter, one for each TYPE: "index,manifest[linux/amd64]:k=v" is
// annotation-index.k and annotation-manifest[linux/amd64].k. Errors: INVALID_ARGUMENT naming what is wrong.
absl::StatusOr<exporter::request::Attributes> ParseAnnotationFlag(absl::string_view text);

}  // namespace waybill::cli::exporting

#endif  // WAYBILL_TOOLS_CLI_EXPORTING_ANNOTATION_FLAG_H_
