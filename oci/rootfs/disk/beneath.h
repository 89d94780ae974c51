// SPDX-License-Identifier: Apache-2.0
// Directories below one that was opened, reached without following any link: whatever stands there, and whoever changes
// it meanwhile, nothing outside is touched.
#ifndef WAYBILL_OCI_ROOTFS_DISK_BENEATH_H_
#define WAYBILL_OCI_ROOTFS_DISK_BENEATH_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/file/fd.h"

namespace waybill::oci::rootfs::disk {

// Opens the directory `path` below `root` ("" is root itself) for reading. Symbolic links and ".." on the way are
// errors: openat2(2) with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS, or one O_NOFOLLOW step a component where the kernel
// has no openat2.
absl::StatusOr<file::Fd> OpenBeneath(const file::Fd& root, const std::string& path);

// The names in an open directory, without "." and "..", in no order.
absl::StatusOr<std::vector<std::string>> NamesIn(const file::Fd& directory);

// Removes `name` in `directory`, with everything below it when it is a directory; links are removed, not followed. OK
// when there is nothing. No recursion and few descriptors, however deep it is.
absl::Status RemoveBeneath(const file::Fd& directory, const std::string& name);

}  // namespace waybill::oci::rootfs::disk

#endif  // WAYBILL_OCI_ROOTFS_DISK_BENEATH_H_
