// SPDX-License-Identifier: Apache-2.0
// Statuses across gRPC: code, message and every payload, both ways. The payloads travel as the details of a
// google.rpc.Status in the trailer "grpc-status-details-bin", as gRPC libraries of all languages expect. An
// oci::ErrorInfo travels as a google.rpc.ErrorInfo of the domain "waybill".
#ifndef WAYBILL_EXPORTER_RPC_STATUS_H_
#define WAYBILL_EXPORTER_RPC_STATUS_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace waybill::exporter::rpc {

// Clients accept 8 KiB of trailers in all, in which the message travels twice: a longer message is cut here, and
// payloads that do not fit are left out.
inline constexpr size_t kMaxMessageBytes = 1500;
inline constexpr size_t kMaxDetailBytes = 3000;

inline constexpr char kErrorDomain[] = "waybill";

grpc::Status ToGrpc(const absl::Status& status);
// With another code, for peers that read more into some codes than is meant. OK stays OK.
grpc::Status ToGrpcAs(absl::StatusCode code, const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace waybill::exporter::rpc

#endif  // WAYBILL_EXPORTER_RPC_STATUS_H_
