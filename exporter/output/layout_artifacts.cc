// SPDX-License-Identifier: Apache-2.0
#include "exporter/output/layout_artifacts.h"

#include <utility>

#include "oci/content/copy_graph.h"
#include "oci/layout/referrers.h"
#include "oci/status_macros.h"

namespace waybill::exporter::output {

absl::StatusOr<std::vector<oci::Descriptor>> CopyArtifacts(const oci::Context& context, const Image& image,
                                                           oci::content::Pusher& layout) {
  std::vector<oci::Descriptor> entries;
  for (const oci::Descriptor& artifact : image.artifacts) {
    ABSL_RETURN_IF_ERROR(oci::content::CopyGraph(context, image.content, layout, artifact, {.trust_manifests = false}));
    ABSL_ASSIGN_OR_RETURN(oci::Descriptor entry, oci::layout::ReferrerEntry(context, image.content, artifact));
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace waybill::exporter::output
