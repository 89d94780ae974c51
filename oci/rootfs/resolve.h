// SPDX-License-Identifier: Apache-2.0
// Paths in a tree.
#ifndef WAYBILL_OCI_ROOTFS_RESOLVE_H_
#define WAYBILL_OCI_ROOTFS_RESOLVE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/rootfs/tree.h"

namespace waybill::oci::rootfs {

// The node that the path leads to; symbolic links are followed inside the tree, ".." ends at the root. NOT_FOUND;
// INVALID_ARGUMENT when it goes through something that is no directory, or through too many links.
absl::StatusOr<NodeId> Resolve(const Tree& tree, absl::string_view path);

// "a/b"; "" for the root.
std::string PathOf(const Tree& tree, NodeId node);

}  // namespace waybill::oci::rootfs

#endif  // WAYBILL_OCI_ROOTFS_RESOLVE_H_
