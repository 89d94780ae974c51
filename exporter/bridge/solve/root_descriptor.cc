// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/solve/root_descriptor.h"

#include <vector>

#include "exporter/annotations.h"
#include "exporter/epoch.h"
#include "exporter/platforms.h"
#include "exporter/response.h"
#include "oci/media_types.h"
#include "oci/platform.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::solve {

absl::StatusOr<oci::Descriptor> DescribeRoot(const ExportOptions& options, Metadata metadata, oci::Descriptor root,
                                             absl::Time now) {
  for (const auto& [key, value] : options.metadata) metadata[key] = value;
  AnnotationGroups groups = options.annotations;
  ABSL_ASSIGN_OR_RETURN(const AnnotationGroups built, ParseAnnotations(metadata, nullptr));
  MergeAnnotations(groups, built);
  ABSL_ASSIGN_OR_RETURN(const Epoch epoch, ResolveEpoch(options, metadata));
  Plan plan{.index = oci::IsIndex(root.media_type), .epoch = epoch.time()};
  if (plan.index) {
    ABSL_ASSIGN_OR_RETURN(plan.root_annotations, FlattenAnnotations(groups, &AnnotationGroup::index_descriptor));
  } else {
    plan.root_annotations = groups[""].manifest_descriptor;
    ABSL_ASSIGN_OR_RETURN(const std::vector<ResultPlatform> platforms,
                          ParsePlatforms(metadata, {.architecture = "amd64", .os = "linux"}));
    if (platforms.size() == 1) root.platform = platforms.front().platform;
  }
  return RootDescriptor(plan, options.type, std::move(root), now);
}

}  // namespace waybill::exporter::bridge::solve
