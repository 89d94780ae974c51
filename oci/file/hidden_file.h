// SPDX-License-Identifier: Apache-2.0
// Files that wait under a hidden name (".waybill-<16 hex digits>") beside the name that they are to get.
#ifndef WAYBILL_OCI_FILE_HIDDEN_FILE_H_
#define WAYBILL_OCI_FILE_HIDDEN_FILE_H_

#include <sys/types.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/file/fd.h"

namespace waybill::oci::file {

struct HiddenFile {
  Fd fd;
  std::string path;
};

// A name that no file has yet.
absl::StatusOr<std::string> NewHiddenName(absl::string_view directory);

// Creates a file for writing. The descriptor holds a lock (flock) that tells others that the file is in use, so it must
// stay open for as long as the file has the hidden name. On a file system without locks nobody can take the file for
// abandoned. `name` is for the error.
absl::StatusOr<HiddenFile> CreateHiddenFile(const std::string& directory, mode_t mode, absl::string_view name);

// Removes what killed processes left in `directory`: regular files that have a hidden name, belong to this user and are
// locked by nobody. What cannot be locked or removed stays. Safe beside other processes that create and remove.
void RemoveAbandonedFiles(const std::string& directory);

}  // namespace waybill::oci::file

#endif  // WAYBILL_OCI_FILE_HIDDEN_FILE_H_
