// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/server_call.h"

#include <chrono>

#include "absl/time/time.h"

namespace waybill::exporter::rpc {

oci::Context ContextOf(const grpc::CallbackServerContext& call, std::stop_token stop) {
  const oci::Context context = oci::Context().WithStop(std::move(stop));
  const std::chrono::system_clock::time_point deadline = call.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) return context;
  return context.WithDeadline(absl::FromChrono(deadline));
}

}  // namespace waybill::exporter::rpc
