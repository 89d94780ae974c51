// SPDX-License-Identifier: Apache-2.0
// The platforms that a build result is for.
#ifndef WAYBILL_EXPORTER_PLAN_PLATFORMS_H_
#define WAYBILL_EXPORTER_PLAN_PLATFORMS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "exporter/request/metadata.h"
#include "oci/platform.h"

namespace waybill::exporter::plan {

struct ResultPlatform {
  std::string id;          // key of refs, attestations and per-platform metadata
  oci::Platform platform;  // normalised
};

// From "refs.platforms", else one platform from the image config, else `host`; never empty.
// Errors: INVALID_ARGUMENT with BuildKit's wording.
absl::StatusOr<std::vector<ResultPlatform>> ParsePlatforms(const request::Metadata& metadata,
                                                           const oci::Platform& host);

}  // namespace waybill::exporter::plan

#endif  // WAYBILL_EXPORTER_PLAN_PLATFORMS_H_
