// SPDX-License-Identifier: Apache-2.0
// A tree as a tar archive: what BuildKit's tar exporter writes.
#ifndef WAYBILL_OCI_ROOTFS_TAR_OUTPUT_H_
#define WAYBILL_OCI_ROOTFS_TAR_OUTPUT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "oci/rootfs/layer_files.h"
#include "oci/rootfs/tree.h"
#include "oci/tar/writer.h"

namespace waybill::oci::rootfs {

struct TarOptions {
  NodeId start = kRoot;            // what of the tree is written
  std::string folder;              // a directory that everything is put in, such as "linux_amd64"; empty for none
  std::optional<int64_t> epoch{};  // seconds: the time of every file; otherwise they keep theirs
  bool exact_times = false;        // nanoseconds are kept, in PAX records
};

// Writes the files in the order of Walk and leaves the archive open, so that several trees make one. Headers are USTAR,
// and PAX where extended attributes, long or other than ASCII names or large numbers need it; times are rounded to
// seconds unless they are to be exact; users and groups have no names. A file with several names is written under the
// first; the others are hard links to it. In a folder hard links and absolute symbolic links point into the folder; its
// own time is the epoch or 1970.
absl::Status WriteTar(const Context& context, const Tree& tree, LayerFiles& files, const TarOptions& options,
                      tar::Writer& to);

}  // namespace waybill::oci::rootfs

#endif  // WAYBILL_OCI_ROOTFS_TAR_OUTPUT_H_
