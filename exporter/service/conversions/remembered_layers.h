// SPDX-License-Identifier: Apache-2.0
// Conversions of layers that a service remembers, so that a later export of the same layer converts nothing.
#ifndef WAYBILL_EXPORTER_SERVICE_CONVERSIONS_REMEMBERED_LAYERS_H_
#define WAYBILL_EXPORTER_SERVICE_CONVERSIONS_REMEMBERED_LAYERS_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "exporter/layers/made.h"
#include "oci/content/store/file_store.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "oci/layer/convert.h"

namespace waybill::exporter::service::conversions {

using layers::MadeLayer;

// A record for each conversion is in conversions/<algorithm>/<hex of the layer before>.<conversion> under the root of
// the blobs; the converted blob is one of these. A record is the descriptor of the blob in JSON and, on a second line,
// the SHA-256 digest of name and JSON. A record that is damaged, or whose blob is gone, is none, and goes. Thread-safe.
class RememberedLayers final : public layers::LayersMade {
 public:
  // Learns of each blob that a conversion made: what it was made of, and what it is. What it fails for is not
  // remembered.
  using OnMade = std::function<absl::Status(const oci::Digest& from, const MadeLayer& made)>;
  // `blobs` must outlive this.
  RememberedLayers(oci::content::store::FileStore& blobs, OnMade on_made)
      : blobs_(blobs), on_made_(std::move(on_made)) {}

  std::optional<MadeLayer> Find(const oci::Context& context, const oci::Digest& from,
                                const oci::layer::Conversion& conversion) override;
  void Add(const oci::Context& context, const oci::Digest& from, const oci::layer::Conversion& conversion,
           const MadeLayer& made) override;

  // Removes the records that are none.
  void RemoveStale(const oci::Context& context);

 private:
  std::string PathOf(const oci::Digest& from, const oci::layer::Conversion& conversion) const;
  std::optional<MadeLayer> Read(const oci::Context& context, const std::string& path);

  oci::content::store::FileStore& blobs_;
  const OnMade on_made_;
};

}  // namespace waybill::exporter::service::conversions

#endif  // WAYBILL_EXPORTER_SERVICE_CONVERSIONS_REMEMBERED_LAYERS_H_
