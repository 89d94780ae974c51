// SPDX-License-Identifier: Apache-2.0
// The build result between its messages (proto/waybill/v1/build_result.proto) and its type.
#ifndef WAYBILL_EXPORTER_SERVICE_MESSAGES_RESULT_CODEC_H_
#define WAYBILL_EXPORTER_SERVICE_MESSAGES_RESULT_CODEC_H_

#include "absl/status/statusor.h"
#include "exporter/request/build_result.h"
#include "oci/descriptor.h"
#include "proto/waybill/v1/build_result.pb.h"

namespace waybill::exporter::service::messages {

v1::Descriptor ToProto(const oci::Descriptor& descriptor);
v1::BuildResult ToProto(const request::BuildResult& result);

// Errors: INVALID_ARGUMENT naming the field: "refs[linux/amd64]: layers[2]: diff_id: ...".
absl::StatusOr<oci::Descriptor> FromProto(const v1::Descriptor& message);
// The values move: a result is in memory once.
absl::StatusOr<request::BuildResult> FromProto(v1::BuildResult&& message);

}  // namespace waybill::exporter::service::messages

#endif  // WAYBILL_EXPORTER_SERVICE_MESSAGES_RESULT_CODEC_H_
