// SPDX-License-Identifier: Apache-2.0
// What an export needs to know of an image's config (image-spec, config.md).
#ifndef WAYBILL_EXPORTER_INPUT_IMAGE_CONFIG_H_
#define WAYBILL_EXPORTER_INPUT_IMAGE_CONFIG_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "oci/digest.h"
#include "oci/platform.h"

namespace waybill::exporter::input::image {

struct ImageConfig {
  std::string bytes;
  oci::Platform platform;  // as the config has it
  std::vector<oci::Digest> diff_ids;
};

// INVALID_ARGUMENT when `bytes` are no config.
absl::StatusOr<ImageConfig> ParseImageConfig(std::string bytes);

}  // namespace waybill::exporter::input::image

#endif  // WAYBILL_EXPORTER_INPUT_IMAGE_CONFIG_H_
