// SPDX-License-Identifier: Apache-2.0
// What was converted already, so that it is not converted again.
#ifndef WAYBILL_EXPORTER_LAYERS_MADE_H_
#define WAYBILL_EXPORTER_LAYERS_MADE_H_

#include <map>
#include <optional>
#include <utility>

#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/layer/convert.h"

namespace waybill::exporter::layers {

// A layer that a conversion made. Its descriptor has the annotations of the conversion.
struct MadeLayer {
  oci::Descriptor blob;
  oci::Digest diff_id;
};

// Layers by the blob that they were and the conversion. Their blobs are in one store.
class LayersMade {
 public:
  virtual ~LayersMade() = default;
  // Unset when it has to be made.
  virtual std::optional<MadeLayer> Find(const oci::Context& context, const oci::Digest& from,
                                        const oci::layer::Conversion& conversion) = 0;
  // What cannot be kept is made again.
  virtual void Add(const oci::Context& context, const oci::Digest& from, const oci::layer::Conversion& conversion,
                   const MadeLayer& made) = 0;
};

// As long as this lives. Not thread-safe.
class LayersMadeHere final : public LayersMade {
 public:
  std::optional<MadeLayer> Find(const oci::Context& context, const oci::Digest& from,
                                const oci::layer::Conversion& conversion) override;
  void Add(const oci::Context& context, const oci::Digest& from, const oci::layer::Conversion& conversion,
           const MadeLayer& made) override;

 private:
  std::map<std::pair<oci::Digest, oci::layer::Conversion>, MadeLayer> made_;
};

// Where converted layers go, and which ones are there.
struct LayerStore {
  oci::content::Store& blobs;
  LayersMade& made;
};

}  // namespace waybill::exporter::layers

#endif  // WAYBILL_EXPORTER_LAYERS_MADE_H_
