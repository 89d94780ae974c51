// SPDX-License-Identifier: Apache-2.0
// What an export of files is going to write, decided without I/O from the build result and the options: the directory
// of each platform, its layers, the times of its files and its attestations (BuildKit's exporter/local and
// exporter/tar).
#ifndef WAYBILL_EXPORTER_PLAN_FILES_PLAN_H_
#define WAYBILL_EXPORTER_PLAN_FILES_PLAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "exporter/plan/platforms.h"
#include "exporter/request/build_result.h"
#include "exporter/request/options.h"
#include "oci/platform.h"

namespace waybill::exporter::plan {

// One platform's files.
struct PlatformPlan {
  ResultPlatform platform;
  std::vector<request::Layer> layers;
  std::string folder;              // "linux_amd64"; "" when the files go to the destination itself
  std::optional<int64_t> epoch{};  // seconds: the time of every file
  // Without those for inline use only.
  std::vector<request::Attestation> attestations;
  // What stands before the extension of a statement's name: ".linux_amd64" where platforms share a directory, else "".
  std::string statement_suffix;
};

struct FilesPlan {
  std::vector<PlatformPlan> platforms;  // never empty
  std::vector<std::string> warnings;    // for the user
};

// The options are those of an exporter of files. Errors: INVALID_ARGUMENT with BuildKit's wording where BuildKit finds
// the same fault, and for an epoch outside the years 1678 to 2261, which no file can have.
absl::StatusOr<FilesPlan> MakeFilesPlan(const request::BuildResult& result, const request::ExportOptions& options,
                                        const oci::Platform& host);

}  // namespace waybill::exporter::plan

#endif  // WAYBILL_EXPORTER_PLAN_FILES_PLAN_H_
