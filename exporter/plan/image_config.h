// SPDX-License-Identifier: Apache-2.0
// Image configs (image-spec, config.md). A config is never re-modelled: what the export does not set stays as the
// build wrote it, to the digit.
#ifndef WAYBILL_EXPORTER_PLAN_IMAGE_CONFIG_H_
#define WAYBILL_EXPORTER_PLAN_IMAGE_CONFIG_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "exporter/plan/history.h"
#include "oci/digest.h"
#include "oci/platform.h"

namespace waybill::exporter::plan {

// The fields "architecture", "os", "os.version", "os.features" and "variant" of an object (a config or a platform),
// as they stand.
absl::StatusOr<oci::Platform> ParsePlatformFields(absl::string_view raw);

// The config of a build that gave none.
std::string DefaultImageConfig(const oci::Platform& platform);

// What an export needs of the config of the image that was built upon.
struct BaseConfig {
  std::vector<HistoryEntry> history;
  std::vector<std::string> diff_ids;
};
// Errors: INVALID_ARGUMENT, "failed to unmarshal base image config: ...".
absl::StatusOr<BaseConfig> ParseBaseConfig(absl::string_view raw);

// The history of a config as it came.
absl::StatusOr<std::vector<HistoryEntry>> HistoryOf(absl::string_view config);

struct ImageConfigPatch {
  std::vector<oci::Digest> diff_ids;
  std::vector<HistoryEntry> history;  // final
  std::optional<absl::Time> epoch;
  std::optional<std::string> inline_cache;  // JSON
};

// The compact config with sorted keys: rootfs and history replaced, `created` clamped to the epoch or taken from the
// history, the inline cache added. Errors: INVALID_ARGUMENT with BuildKit's wording.
absl::StatusOr<std::string> PatchImageConfig(absl::string_view config, const ImageConfigPatch& patch);

}  // namespace waybill::exporter::plan

#endif  // WAYBILL_EXPORTER_PLAN_IMAGE_CONFIG_H_
