// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/remote/remote_call.h"

#include "absl/time/time.h"

namespace waybill::exporter::bridge::remote {

RemoteCall::RemoteCall(const oci::Context& context) : link_(context.stop_token(), [this] { grpc_.TryCancel(); }) {
  if (context.deadline() != absl::InfiniteFuture()) grpc_.set_deadline(absl::ToChronoTime(context.deadline()));
}

absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

}  // namespace waybill::exporter::bridge::remote
