// SPDX-License-Identifier: Apache-2.0
#include "exporter/request/epoch.h"

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::exporter::request {
namespace {

absl::StatusOr<Epoch> InYears(const Epoch& epoch) {
  constexpr int64_t kFirst = -62167219200;  // 0000-01-01T00:00:00Z
  constexpr int64_t kLast = 253402300799;   // 9999-12-31T23:59:59Z
  if (!epoch.time().has_value()) return epoch;
  const int64_t seconds = absl::ToUnixSeconds(*epoch.time());
  if (seconds >= kFirst && seconds <= kLast) return epoch;
  return oci::InvalidInputError(absl::StrCat("source-date-epoch ", seconds, " is outside the years 0 to 9999"));
}

absl::StatusOr<Epoch> FromMetadata(const std::string* value) {
  if (value == nullptr) return Epoch::Unset();
  const absl::StatusOr<Epoch> epoch = ParseEpoch(*value);
  if (epoch.ok()) return InYears(*epoch);
  return oci::Annotate(epoch.status(),
                       absl::StrCat("invalid SOURCE_DATE_EPOCH from frontend: ", oci::json::Quote(*value),
                                    ": invalid : ", epoch.status().message()));
}

}  // namespace

absl::StatusOr<Epoch> ResolveEpoch(const ExportOptions& options, const Metadata& metadata) {
  return options.epoch.is_set() ? InYears(options.epoch) : FromMetadata(FindMetadata(metadata, kEpochKey));
}

absl::StatusOr<Epoch> ResolveEpoch(const Epoch& whole, const Metadata& metadata, absl::string_view platform_id) {
  return whole.is_set() ? absl::StatusOr<Epoch>(whole) : FromMetadata(FindMetadata(metadata, kEpochKey, platform_id));
}

}  // namespace waybill::exporter::request
