// SPDX-License-Identifier: Apache-2.0
// The descriptor of an image whose exporter's answer is not known, because the daemon answers for one exporter only.
#ifndef WAYBILL_EXPORTER_BRIDGE_SOLVE_ROOT_DESCRIPTOR_H_
#define WAYBILL_EXPORTER_BRIDGE_SOLVE_ROOT_DESCRIPTOR_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "exporter/request/metadata.h"
#include "exporter/request/options.h"
#include "oci/descriptor.h"

namespace waybill::exporter::bridge::solve {

// `root` (media type, digest and size) as the exporter describes it: annotations and, for archives, time of creation
// from `options` and the build's metadata, the platform of a bare manifest from the latter. Without an epoch the time
// is `now`. Errors: INVALID_ARGUMENT when options or metadata do not parse.
absl::StatusOr<oci::Descriptor> DescribeRoot(const request::ExportOptions& options, request::Metadata metadata,
                                             oci::Descriptor root, absl::Time now);

}  // namespace waybill::exporter::bridge::solve

#endif  // WAYBILL_EXPORTER_BRIDGE_SOLVE_ROOT_DESCRIPTOR_H_
