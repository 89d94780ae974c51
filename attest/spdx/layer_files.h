// SPDX-License-Identifier: Apache-2.0
// Which layer of an image a file comes from.
#ifndef WAYBILL_ATTEST_SPDX_LAYER_FILES_H_
#define WAYBILL_ATTEST_SPDX_LAYER_FILES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace waybill::attest::spdx {

// Layers are read when they are needed, from the top down and not further than a search must go; once, when all names
// are wanted before the first is looked for. Memory follows the names that are wanted, about 30 bytes for each (they
// are kept as hashes), and not what layers hold. Not thread-safe.
class LayerFiles {
 public:
  // `layers` bottom first, as in the manifest. All must outlive this.
  LayerFiles(const oci::Context& context, oci::content::Fetcher& source, const std::vector<oci::Descriptor>& layers)
      : context_(context), source_(source), layers_(layers), unread_(layers.size()) {}

  // Announces a Find.
  void Want(absl::string_view path);

  // The topmost layer with an entry of that name, whiteouts not counted; nothing when there is none. `path` is absolute
  // and clean. Errors name the layer that cannot be read.
  absl::StatusOr<std::optional<oci::Digest>> Find(absl::string_view path);

 private:
  using Name = std::array<uint64_t, 2>;
  static Name HashOf(absl::string_view path);
  // The name's row; a new one has all layers read again.
  std::optional<uint32_t>& RowOf(absl::string_view path);
  absl::Status ReadLayer(size_t index);

  const oci::Context context_;
  oci::content::Fetcher& source_;
  const std::vector<oci::Descriptor>& layers_;
  size_t unread_;  // layers below this one were not read for all names
  // The names that are wanted, with the index of the topmost layer.
  absl::flat_hash_map<Name, std::optional<uint32_t>> names_;
};

}  // namespace waybill::attest::spdx

#endif  // WAYBILL_ATTEST_SPDX_LAYER_FILES_H_
