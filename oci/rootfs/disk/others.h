// SPDX-License-Identifier: Apache-2.0
// Files of a destination that no part has. Part of directory_output.
#ifndef WAYBILL_OCI_ROOTFS_DISK_OTHERS_H_
#define WAYBILL_OCI_ROOTFS_DISK_OTHERS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "oci/context.h"
#include "oci/file/fd.h"
#include "oci/rootfs/disk/directory_output.h"

namespace waybill::oci::rootfs::disk {

// Removes what is in the destination and in `directories` (paths below it) and in none of the parts, and returns how
// many names that were. Directories keep their times and modes.
absl::StatusOr<int64_t> RemoveOthers(const Context& context, const file::Fd& root,
                                     const std::vector<std::string>& directories,
                                     absl::Span<const DirectoryPart> parts);

}  // namespace waybill::oci::rootfs::disk

#endif  // WAYBILL_OCI_ROOTFS_DISK_OTHERS_H_
