// SPDX-License-Identifier: Apache-2.0
// SHA-256 of every regular file: the subjects that statements about files have by default.
#ifndef WAYBILL_EXPORTER_FILES_FILE_DIGESTS_H_
#define WAYBILL_EXPORTER_FILES_FILE_DIGESTS_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "exporter/files/files.h"
#include "oci/context.h"

namespace waybill::exporter::files {

// 32 bytes a file. The tree must not change between Compute and Visit.
class FileDigests {
 public:
  // Reads all files; those with several names once.
  static absl::StatusOr<FileDigests> Compute(const oci::Context& context, PlatformFiles& files);

  // Each file under each of its names, in the order in which files are written: its path from the start, and its digest
  // in hex. Stops at the first error.
  absl::Status Visit(const oci::Context& context, const PlatformFiles& files,
                     absl::FunctionRef<absl::Status(const std::string& path, const std::string& hex)> visit) const;

 private:
  using Hash = std::array<uint8_t, 32>;
  class Reader;
  class Teller;

  std::vector<Hash> hashes_;  // in the order of the walk
};

}  // namespace waybill::exporter::files

#endif  // WAYBILL_EXPORTER_FILES_FILE_DIGESTS_H_
