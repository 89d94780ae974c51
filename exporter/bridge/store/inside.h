// SPDX-License-Identifier: Apache-2.0
// Files of somebody else's directory, opened so that nothing outside is reached (openat2(2)).
#ifndef WAYBILL_EXPORTER_BRIDGE_STORE_INSIDE_H_
#define WAYBILL_EXPORTER_BRIDGE_STORE_INSIDE_H_

#include <string>

#include "absl/status/statusor.h"
#include "oci/file/fd.h"

namespace waybill::exporter::bridge::store {

// Opens a directory as a process sees it whose root directory is `root`: absolute symbolic links begin there
// (RESOLVE_IN_ROOT). Errors: the system's; kernels before 5.6, which have no openat2, give one.
absl::StatusOr<oci::file::Fd> OpenDirectoryIn(const oci::file::Fd& root, const std::string& path);

// The same for a regular file, at most `limit` bytes of it.
absl::StatusOr<std::string> ReadFileIn(const oci::file::Fd& root, const std::string& path, size_t limit);

// Opens the regular file `path` below `directory` for reading. Symbolic links anywhere on the way are errors
// (RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS). Never blocks on a FIFO. NOT_FOUND when there is none, INVALID_ARGUMENT when
// it is something else.
absl::StatusOr<oci::file::RegularFile> OpenFileBeneath(const oci::file::Fd& directory, const std::string& path);

}  // namespace waybill::exporter::bridge::store

#endif  // WAYBILL_EXPORTER_BRIDGE_STORE_INSIDE_H_
