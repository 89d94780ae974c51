// SPDX-License-Identifier: Apache-2.0
// Owner, mode, attributes and times of a file on disk. Part of directory_output.
#ifndef WAYBILL_OCI_ROOTFS_DISK_METADATA_H_
#define WAYBILL_OCI_ROOTFS_DISK_METADATA_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "oci/file/fd.h"
#include "oci/rootfs/disk/directory_output.h"
#include "oci/rootfs/tree.h"

namespace waybill::oci::rootfs::disk {

// A file that is there: open, or by its name in an open directory.
struct Written {
  const file::Fd& directory;
  const std::string& name;
  const file::Fd* file = nullptr;  // null: links, devices, FIFOs
};

struct Metadata {
  const Inode& inode;
  absl::Span<const Xattr> xattrs;
  int64_t mtime = 0;  // nanoseconds
  bool owner = true;  // set it
};

// Sets what is not so already; what the caller may not is counted in `report`. Symbolic links are not followed.
absl::Status SetMetadata(const Written& written, const Metadata& metadata, DirectoryReport& report);

}  // namespace waybill::oci::rootfs::disk

#endif  // WAYBILL_OCI_ROOTFS_DISK_METADATA_H_
