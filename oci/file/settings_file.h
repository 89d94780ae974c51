// SPDX-License-Identifier: Apache-2.0
// Files that a user or administrator wrote: configuration, credentials, certificates.
#ifndef WAYBILL_OCI_FILE_SETTINGS_FILE_H_
#define WAYBILL_OCI_FILE_SETTINGS_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace waybill::oci::file {

inline constexpr size_t kMaxSettingsBytes = 4 << 20;

// The whole file, which may be a pipe. NOT_FOUND when there is none, INVALID_ARGUMENT beyond kMaxSettingsBytes; errors
// name the path.
absl::StatusOr<std::string> ReadSettingsFile(const std::string& path);

}  // namespace waybill::oci::file

#endif  // WAYBILL_OCI_FILE_SETTINGS_FILE_H_
