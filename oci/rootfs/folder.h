// SPDX-License-Identifier: Apache-2.0
// Files of a tree put into a directory of their own, such as that of a platform.
#ifndef WAYBILL_OCI_ROOTFS_FOLDER_H_
#define WAYBILL_OCI_ROOTFS_FOLDER_H_

#include <string>

#include "absl/strings/string_view.h"

namespace waybill::oci::rootfs {

// Extended attributes that begin so are never written, as in BuildKit: they belong to one machine.
inline constexpr absl::string_view kLeftOutXattrs = "com.apple.";

// "folder/path"; the path itself when the folder is "".
std::string PathInFolder(absl::string_view folder, absl::string_view path);
// A symbolic link's target: absolute ones point into the folder.
std::string TargetInFolder(absl::string_view folder, absl::string_view target);

}  // namespace waybill::oci::rootfs

#endif  // WAYBILL_OCI_ROOTFS_FOLDER_H_
