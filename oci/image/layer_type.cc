// SPDX-License-Identifier: Apache-2.0
#include "oci/image/layer_type.h"

#include "oci/image/media_types.h"

namespace waybill::oci::image {
namespace {

struct Row {
  absl::string_view media_type;
  LayerType type;
};

constexpr LayerType Of(LayerCompression compression, LayerFamily family, bool distributable) {
  return {.compression = compression, .family = family, .distributable = distributable};
}

using enum LayerCompression;
using enum LayerFamily;

// Parse takes the first row with the media type, so that OCI's zstd is OCI's.
constexpr Row kRows[] = {
    {kOciLayer, Of(kNone, kOci, true)},
    {kOciLayerGzip, Of(kGzip, kOci, true)},
    {kOciLayerZstd, Of(kZstd, kOci, true)},
    {kOciForeign, Of(kNone, kOci, false)},
    {kOciForeignGzip, Of(kGzip, kOci, false)},
    {kOciForeignZstd, Of(kZstd, kOci, false)},
    {kDockerLayer, Of(kNone, kDocker, true)},
    {kDockerLayerGzip, Of(kGzip, kDocker, true)},
    {kDockerLayerZstd, Of(kZstd, kDocker, true)},
    {kDockerForeign, Of(kNone, kDocker, false)},
    {kDockerForeignGzip, Of(kGzip, kDocker, false)},
    {kOciForeignZstd, Of(kZstd, kDocker, false)},
};

}  // namespace

std::optional<LayerType> LayerType::Parse(absl::string_view media_type) {
  for (const Row& row : kRows) {
    if (row.media_type == media_type) return row.type;
  }
  return std::nullopt;
}

absl::string_view LayerType::MediaType() const {
  for (const Row& row : kRows) {
    if (row.type == *this) return row.media_type;
  }
  return "";  // not reached: the table has every combination
}

bool IsNonDistributable(absl::string_view media_type) {
  const std::optional<LayerType> type = LayerType::Parse(media_type);
  return type.has_value() && !type->distributable;
}

}  // namespace waybill::oci::image
