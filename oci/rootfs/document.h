// SPDX-License-Identifier: Apache-2.0
// Files beside those of the layers, such as statements.
#ifndef WAYBILL_OCI_ROOTFS_DOCUMENT_H_
#define WAYBILL_OCI_ROOTFS_DOCUMENT_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "oci/io/stream.h"
#include "oci/rootfs/tree.h"

namespace waybill::oci::rootfs {

struct Document {
  std::unique_ptr<io::Source> bytes;
  uint16_t mode = 0;
  int64_t mtime = 0;  // nanoseconds
};

// Puts the document at `path` below `directory`, in place of any file there; directories on the way are made, and
// belong to user 0. INVALID_ARGUMENT for a path that no file can have, and for one that a directory has.
absl::Status AddDocument(Tree& tree, NodeId directory, absl::string_view path, Document document);

}  // namespace waybill::oci::rootfs

#endif  // WAYBILL_OCI_ROOTFS_DOCUMENT_H_
