// SPDX-License-Identifier: Apache-2.0
// The platforms that a build result is for.
#ifndef WAYBILL_EXPORTER_PLATFORMS_H_
#define WAYBILL_EXPORTER_PLATFORMS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "exporter/metadata.h"
#include "oci/platform.h"

namespace waybill::exporter {

struct ResultPlatform {
  std::string id;          // key of refs, attestations and per-platform metadata
  oci::Platform platform;  // normalised
};

// From "refs.platforms", else one platform from the image config, else `host`; never empty.
// Errors: INVALID_ARGUMENT with BuildKit's wording.
absl::StatusOr<std::vector<ResultPlatform>> ParsePlatforms(const Metadata& metadata, const oci::Platform& host);

}  // namespace waybill::exporter

#endif  // WAYBILL_EXPORTER_PLATFORMS_H_
