// SPDX-License-Identifier: Apache-2.0
// Layers of a platform as files.
#ifndef WAYBILL_EXPORTER_FILES_UNPACK_H_
#define WAYBILL_EXPORTER_FILES_UNPACK_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "exporter/files/files.h"
#include "exporter/plan/files_plan.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/io/stream.h"

namespace waybill::exporter::files {

// Where an unpacked layer's bytes may be kept meanwhile.
struct Places {
  oci::content::Fetcher& source;  // has the layers
  oci::content::Store& staging;   // takes those that are on another machine, so that they are fetched once
  std::string scratch_directory;  // for unlinked temporary files
};

// Reads each layer once and merges its names and metadata (oci/rootfs/merge.h). `path` is the directory of the result
// that is exported, all of it when it is not set: symbolic links are followed inside the result (attribute "src"). What
// `places` has must outlive the files. Errors: INVALID_ARGUMENT for a layer that cannot be unpacked, and "src=<path>:
// ..."; kVerification for one whose bytes are not those of its digest; those of `places`.
absl::StatusOr<std::unique_ptr<PlatformFiles>> Unpack(const oci::Context& context, const plan::PlatformPlan& plan,
                                                      const std::optional<std::string>& path, const Places& places);

// The files of an archive that WriteArchive made with exact times: one part without a folder.
absl::StatusOr<Files> FilesOfArchive(const oci::Context& context, std::unique_ptr<oci::io::Source> archive,
                                     const std::string& scratch_directory);

}  // namespace waybill::exporter::files

#endif  // WAYBILL_EXPORTER_FILES_UNPACK_H_
