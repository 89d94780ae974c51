// SPDX-License-Identifier: Apache-2.0
// BuildKit's BytesMessage {bytes data = 1}: slices of a session's byte stream as gRPC messages, without the copies of a
// message object.
#ifndef WAYBILL_EXPORTER_BRIDGE_SESSION_SLICE_H_
#define WAYBILL_EXPORTER_BRIDGE_SESSION_SLICE_H_

#include <grpcpp/grpcpp.h>

#include <string>

#include "absl/status/statusor.h"

namespace waybill::exporter::bridge::session {

// The message shares the memory of `bytes`.
grpc::ByteBuffer EncodeSlice(const grpc::Slice& bytes);
// INVALID_ARGUMENT when it is no such message. Unknown fields are skipped.
absl::StatusOr<std::string> DecodeSlice(const grpc::ByteBuffer& message);

}  // namespace waybill::exporter::bridge::session

#endif  // WAYBILL_EXPORTER_BRIDGE_SESSION_SLICE_H_
