// SPDX-License-Identifier: Apache-2.0
// What the media type of a layer says (image-spec, layer.md; Docker's manifest v2, schema 2).
#ifndef WAYBILL_OCI_IMAGE_LAYER_TYPE_H_
#define WAYBILL_OCI_IMAGE_LAYER_TYPE_H_

#include <optional>

#include "absl/strings/string_view.h"

namespace waybill::oci::image {

enum class LayerCompression { kNone, kGzip, kZstd };
enum class LayerFamily { kOci, kDocker };

struct LayerType {
  LayerCompression compression = LayerCompression::kNone;
  LayerFamily family = LayerFamily::kOci;
  // False for layers that stay where their URLs point to ("foreign" layers).
  bool distributable = true;

  // Unset for media types of other things.
  static std::optional<LayerType> Parse(absl::string_view media_type);
  // Docker has no type for zstd that is not distributable: OCI's is used.
  absl::string_view MediaType() const;

  friend bool operator==(const LayerType&, const LayerType&) = default;
};

bool IsNonDistributable(absl::string_view media_type);

}  // namespace waybill::oci::image

#endif  // WAYBILL_OCI_IMAGE_LAYER_TYPE_H_
