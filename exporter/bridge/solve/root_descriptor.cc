// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/solve/root_descriptor.h"

#include <vector>

#include "exporter/answers/response.h"
#include "exporter/plan/platforms.h"
#include "exporter/request/annotations.h"
#include "exporter/request/epoch.h"
#include "oci/image/media_types.h"
#include "oci/platform.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::solve {

absl::StatusOr<oci::Descriptor> DescribeRoot(const request::ExportOptions& options, request::Metadata metadata,
                                             oci::Descriptor root, absl::Time now) {
  for (const auto& [key, value] : options.metadata) metadata[key] = value;
  request::AnnotationGroups groups = options.annotations;
  ABSL_ASSIGN_OR_RETURN(const request::AnnotationGroups built, request::ParseAnnotations(metadata, nullptr));
  request::MergeAnnotations(groups, built);
  ABSL_ASSIGN_OR_RETURN(const request::Epoch epoch, request::ResolveEpoch(options, metadata));
  plan::Plan plan{.index = oci::image::IsIndex(root.media_type), .epoch = epoch.time()};
  if (plan.index) {
    ABSL_ASSIGN_OR_RETURN(plan.root_annotations,
                          request::FlattenAnnotations(groups, &request::AnnotationGroup::index_descriptor));
  } else {
    plan.root_annotations = groups[""].manifest_descriptor;
    ABSL_ASSIGN_OR_RETURN(const std::vector<plan::ResultPlatform> platforms,
                          plan::ParsePlatforms(metadata, {.architecture = "amd64", .os = "linux"}));
    if (platforms.size() == 1) root.platform = platforms.front().platform;
  }
  return answers::RootDescriptor(plan, options.type, std::move(root), now);
}

}  // namespace waybill::exporter::bridge::solve
