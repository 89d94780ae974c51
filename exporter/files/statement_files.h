// SPDX-License-Identifier: Apache-2.0
// Statements as files beside those that they are about (BuildKit's exporter/local/fs.go).
#ifndef WAYBILL_EXPORTER_FILES_STATEMENT_FILES_H_
#define WAYBILL_EXPORTER_FILES_STATEMENT_FILES_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "exporter/files/files.h"
#include "exporter/files/unpack.h"
#include "exporter/plan/files_plan.h"
#include "exporter/request/options.h"
#include "oci/context.h"

namespace waybill::exporter::files {

// Puts one file for each attestation of the platform into its tree: indented JSON with mode 0600, named by the
// attestation's path and the options. A statement is about all files of the platform unless it says otherwise. `now`,
// seconds since 1970, is the time of the files without an epoch. The statements' bytes go to `places.staging`. Errors:
// those of Unbundle; INVALID_ARGUMENT in BuildKit's words for two statements of one name, and for one that has the name
// of a directory.
absl::Status AddStatements(const oci::Context& context, const plan::PlatformPlan& plan,
                           const request::ExportOptions& options, int64_t now, const Places& places,
                           PlatformFiles& files);

}  // namespace waybill::exporter::files

#endif  // WAYBILL_EXPORTER_FILES_STATEMENT_FILES_H_
