// SPDX-License-Identifier: Apache-2.0
// Layers one on top of the other (OCI image spec, "Image Layer Filesystem Changeset"), as containerd unpacks them.
#ifndef WAYBILL_OCI_ROOTFS_MERGE_H_
#define WAYBILL_OCI_ROOTFS_MERGE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "oci/context.h"
#include "oci/io/stream.h"
#include "oci/rootfs/tree.h"

namespace waybill::oci::rootfs {

// What an archive's entries may be. The defaults are those of layers.
struct MergeRules {
  bool whiteouts = true;     // otherwise a name that looks like one is a name
  bool before_1970 = false;  // otherwise such times become 1970, as containerd makes them
};

// Puts layer number `layer`, whose uncompressed tar archive `tar` is, on top of those that `tree` holds: 0 first,
// then 1. Reads the archive once and drops files' bytes; Inode::place says where they are. Rules:
// - Paths are cleaned and begin at the root, so that none leaves the tree. Directories that no entry makes have mode
// 0755.
// - An entry replaces what has its path; a directory on a directory only changes its metadata,
//   and keeps the extended attributes that it has when the same layer met it before, as a part of a path or an entry.
// - Whiteouts (.wh.NAME, .wh..wh..opq) hide what lower layers have there, wherever they stand in the archive.
// - A path through a symbolic link of the same layer goes where the link leads, inside the tree. A link of a lower
// layer
//   is replaced by a directory: that is what an overlay file system shows.
// - A hard link shares the inode of its target, which may be in a lower layer, and gives it its own owner, mode and
// time.
// - Times after 2262 become 1970, as containerd makes them.
// INVALID_ARGUMENT for a malformed archive, a path longer than Linux takes, a hard link to nothing or to a directory.
// The tree is of no use then.
absl::Status AddLayer(const Context& context, io::Reader& tar, uint16_t layer, Tree& tree,
                      const MergeRules& rules = {});

}  // namespace waybill::oci::rootfs

#endif  // WAYBILL_OCI_ROOTFS_MERGE_H_
