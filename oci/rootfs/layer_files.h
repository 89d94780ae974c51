// SPDX-License-Identifier: Apache-2.0
// The bytes of files, which stay in their layers until somebody wants them.
#ifndef WAYBILL_OCI_ROOTFS_LAYER_FILES_H_
#define WAYBILL_OCI_ROOTFS_LAYER_FILES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "oci/io/stream.h"
#include "oci/rootfs/tree.h"

namespace waybill::oci::rootfs {

// Reads files out of the layers that a tree was merged from. Files of a layer that are wanted in the order in which the
// layer holds them cost one pass over it, as most layers are sorted. A compressed layer of another order is unpacked
// into a temporary file, which has no name and goes with this, the second time that it would have to be read from its
// start. At most 8 layers are open at a time. Not thread-safe.
class LayerFiles {
 public:
  // `layers`: the blobs, in order, compressed or not; they must outlive this. `spool`: an existing directory for
  // temporary files.
  LayerFiles(std::vector<const io::Source*> layers, std::string spool);
  ~LayerFiles();

  // Writes the bytes of a file of `tree` to `to`, as many as its inode says. INVALID_ARGUMENT when the layer is another
  // one than the tree was made of.
  absl::Status Copy(const Context& context, const Tree& tree, const Inode& file, io::Writer& to);

 private:
  struct Layer;
  class Forward;

  // A reader of the uncompressed layer that stands at `place`.
  absl::StatusOr<io::Reader*> ReaderAt(const Context& context, Layer& layer, int64_t place);
  absl::Status Reopen(const Context& context, Layer& layer, int64_t place);
  absl::Status Spool(const Context& context, Layer& layer);
  // Closes the layer that was wanted longest ago when too many are open.
  void CloseOne();

  std::vector<Layer> layers_;
  const std::string spool_;
  int64_t clock_ = 0;  // counts calls
  const std::unique_ptr<char[]> buffer_;
};

}  // namespace waybill::oci::rootfs

#endif  // WAYBILL_OCI_ROOTFS_LAYER_FILES_H_
