// SPDX-License-Identifier: Apache-2.0
// Which SOURCE_DATE_EPOCH holds: the option's, else the build's, else the platform's.
#ifndef WAYBILL_EXPORTER_REQUEST_EPOCH_H_
#define WAYBILL_EXPORTER_REQUEST_EPOCH_H_

#include <string>

#include "absl/status/statusor.h"
#include "exporter/request/metadata.h"
#include "exporter/request/options.h"

namespace waybill::exporter::request {

// The epoch of the whole export. Errors: INVALID_ARGUMENT with BuildKit's wording, and for times outside the years
// 0 to 9999, which no document can hold.
absl::StatusOr<Epoch> ResolveEpoch(const ExportOptions& options, const Metadata& metadata);
// The epoch of one platform, given that of the whole export.
absl::StatusOr<Epoch> ResolveEpoch(const Epoch& whole, const Metadata& metadata, absl::string_view platform_id);

}  // namespace waybill::exporter::request

#endif  // WAYBILL_EXPORTER_REQUEST_EPOCH_H_
