// SPDX-License-Identifier: Apache-2.0
// The files of a tree in the order in which they are written.
#ifndef WAYBILL_OCI_ROOTFS_WALK_H_
#define WAYBILL_OCI_ROOTFS_WALK_H_

#include <string>

#include "absl/status/status.h"
#include "oci/context.h"
#include "oci/rootfs/tree.h"

namespace waybill::oci::rootfs {

struct Step {
  NodeId node = kRoot;
  const std::string& path;  // from the start of the walk: "a/b", without a slash at either end
  const Inode& inode;
  // The path under which the walk met the inode first, when this is not the first time; empty otherwise. Symbolic links
  // do not count.
  const std::string& linked_to;
};

// Does something with each file of a walk.
class Visitor {
 public:
  virtual ~Visitor() = default;
  // A directory comes before what is in it.
  virtual absl::Status Visit(const Context& context, const Step& step) = 0;
  // After everything in the directory; not for the start of the walk.
  virtual absl::Status Leave(const Context& context, const Step& directory) = 0;
};

// Visits everything below `start`, which itself is not visited: depth first, the names of a directory in the order of
// their bytes. A start that is no directory is the one file of the walk, under its own name. Checks `context` before
// each file and stops at the first error.
absl::Status Walk(const Context& context, const Tree& tree, NodeId start, Visitor& visitor);

}  // namespace waybill::oci::rootfs

#endif  // WAYBILL_OCI_ROOTFS_WALK_H_
