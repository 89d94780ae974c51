// SPDX-License-Identifier: Apache-2.0
#include "exporter/layers/made.h"

namespace waybill::exporter::layers {

std::optional<MadeLayer> LayersMadeHere::Find(const oci::Context&, const oci::Digest& from,
                                              const oci::layer::Conversion& conversion) {
  const auto found = made_.find({from, conversion});
  if (found == made_.end()) return std::nullopt;
  return found->second;
}

void LayersMadeHere::Add(const oci::Context&, const oci::Digest& from, const oci::layer::Conversion& conversion,
                         const MadeLayer& made) {
  made_.insert_or_assign({from, conversion}, made);
}

}  // namespace waybill::exporter::layers
