// SPDX-License-Identifier: Apache-2.0
// Trees as files on disk: what `type=local` leaves.
#ifndef WAYBILL_OCI_ROOTFS_DISK_DIRECTORY_OUTPUT_H_
#define WAYBILL_OCI_ROOTFS_DISK_DIRECTORY_OUTPUT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "oci/rootfs/layer_files.h"
#include "oci/rootfs/tree.h"

namespace waybill::oci::rootfs::disk {

// A tree that goes into the destination, or into a directory of its own there.
struct DirectoryPart {
  const Tree& tree;
  LayerFiles& files;
  NodeId start = kRoot;            // what of the tree is written
  std::string folder = "";         // such as "linux_amd64"; a single name, or empty for the destination itself
  std::optional<int64_t> epoch{};  // seconds: the time of every file; otherwise they keep theirs
};

struct DirectoryOptions {
  // Removes what the parts do not have: mode=delete. Otherwise other files stay: mode=copy.
  bool remove_others = false;
  // Files get the owners that their layers say, where the caller may. Otherwise they belong to the caller.
  bool owners = true;
};

// What happened; also what the rights of the caller did not suffice for.
struct DirectoryReport {
  int64_t files = 0;             // written, directories and links included
  int64_t removed = 0;           // that were there and are in no part
  int64_t devices_left_out = 0;  // with their hard links
  int64_t foreign_owners = 0;    // files that belong to the caller instead; their set-id bits are off
  int64_t xattrs_left_out = 0;

  // One sentence about the last three; empty when there is nothing to say.
  std::string Warning() const;
};

// Writes the parts, in order, below `destination`. A destination that is missing is made with everything in it under a
// hidden name beside it (".waybill-<16 hex digits>"), and gets its name at the end: a failure leaves nothing. One that
// is there keeps its own metadata and gets each file, and each directory that is new with all that is in it, in one
// step, whole, with its metadata. A file that was there is replaced, and what is no directory gives way to one. What
// was written until a failure stays then; what is under a hidden name is removed. What a killed process leaves under a
// hidden name is removed by the next call for the same destination (marker.h). Nothing
// outside the destination is touched: links are never followed, neither those of the layers nor those that are there
// already or that somebody makes meanwhile (OpenBeneath). Errors: as LayerFiles::Copy; RESOURCE_EXHAUSTED when the disk
// is full or not writable. Not durable: nothing is synced.
absl::StatusOr<DirectoryReport> WriteDirectory(const Context& context, const std::string& destination,
                                               absl::Span<const DirectoryPart> parts, const DirectoryOptions& options);

}  // namespace waybill::oci::rootfs::disk

#endif  // WAYBILL_OCI_ROOTFS_DISK_DIRECTORY_OUTPUT_H_
