// SPDX-License-Identifier: Apache-2.0
// Layers as manifests list them: media types of one family, URLs and annotations that may be seen.
#ifndef WAYBILL_EXPORTER_PLAN_LAYERS_H_
#define WAYBILL_EXPORTER_PLAN_LAYERS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "exporter/request/build_result.h"
#include "oci/descriptor.h"

namespace waybill::exporter::plan {

struct LayerRules {
  bool oci_types = true;  // else Docker's
  bool prefer_nondistributable = false;
};

// The media type that a manifest gives a layer stored as `stored` with or without URLs. Unknown types stay.
std::string ManifestMediaType(absl::string_view stored, bool has_urls, const LayerRules& rules);
// False for types that ManifestMediaType cannot convert.
bool IsKnownLayerType(absl::string_view media_type);

std::vector<oci::Descriptor> ManifestLayers(const std::vector<request::Layer>& layers, const LayerRules& rules);

}  // namespace waybill::exporter::plan

#endif  // WAYBILL_EXPORTER_PLAN_LAYERS_H_
