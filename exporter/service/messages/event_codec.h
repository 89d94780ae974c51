// SPDX-License-Identifier: Apache-2.0
// Progress and reports between their messages (proto/waybill/v1/exporter.proto) and their types.
#ifndef WAYBILL_EXPORTER_SERVICE_MESSAGES_EVENT_CODEC_H_
#define WAYBILL_EXPORTER_SERVICE_MESSAGES_EVENT_CODEC_H_

#include "absl/status/statusor.h"
#include "exporter/exporter.h"
#include "oci/progress.h"
#include "proto/waybill/v1/exporter.pb.h"

namespace waybill::exporter::service::messages {

v1::Progress ToProto(const oci::ProgressEvent& event);
v1::Report ToProto(const Report& report);

// A state that this version does not know is kTransferring: progress never fails anything.
oci::ProgressEvent FromProto(const v1::Progress& message);
// Errors: INVALID_ARGUMENT naming the field.
absl::StatusOr<Report> FromProto(const v1::Report& message);

}  // namespace waybill::exporter::service::messages

#endif  // WAYBILL_EXPORTER_SERVICE_MESSAGES_EVENT_CODEC_H_
