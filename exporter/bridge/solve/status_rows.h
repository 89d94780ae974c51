// SPDX-License-Identifier: Apache-2.0
// The progress of an export as a client shows it: the daemon's row of the exporter under our name, and waybill's own
// rows below it.
#ifndef WAYBILL_EXPORTER_BRIDGE_SOLVE_STATUS_ROWS_H_
#define WAYBILL_EXPORTER_BRIDGE_SOLVE_STATUS_ROWS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "exporter/bridge/solve/rewriter.h"
#include "oci/progress.h"
#include "proto/moby/control.pb.h"

namespace waybill::exporter::bridge::solve {

// The digest under which the daemon reports the exporter `index` of a session's build.
std::string ExporterVertex(absl::string_view session_id, int index);

// Gives the vertex `digest` the name `name` where it occurs; false when it does not.
bool RenameVertex(absl::string_view digest, absl::string_view name, moby::buildkit::v1::StatusResponse& status);

// One event of an export to `destination` as a row of the vertex. `started` is when the row's item was first seen.
moby::buildkit::v1::VertexStatus Row(absl::string_view vertex, TakenKind kind, const oci::ProgressEvent& event,
                                     absl::Time started, absl::Time now);

void SetTime(absl::Time time, google::protobuf::Timestamp& stamp);

}  // namespace waybill::exporter::bridge::solve

#endif  // WAYBILL_EXPORTER_BRIDGE_SOLVE_STATUS_ROWS_H_
