// SPDX-License-Identifier: Apache-2.0
// Blocking gRPC calls under a Context: stop and deadline reach the call, and its status comes back as ours.
#ifndef WAYBILL_EXPORTER_BRIDGE_REMOTE_REMOTE_CALL_H_
#define WAYBILL_EXPORTER_BRIDGE_REMOTE_REMOTE_CALL_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <stop_token>

#include "absl/status/status.h"
#include "oci/context.h"

namespace waybill::exporter::bridge::remote {

// A client context that is cancelled when the outer one stops. For one call.
class RemoteCall {
 public:
  explicit RemoteCall(const oci::Context& context);
  grpc::ClientContext& grpc() { return grpc_; }

 private:
  grpc::ClientContext grpc_;
  std::stop_callback<std::function<void()>> link_;
};

// The peer's code and words; the reason follows from the code.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace waybill::exporter::bridge::remote

#endif  // WAYBILL_EXPORTER_BRIDGE_REMOTE_REMOTE_CALL_H_
