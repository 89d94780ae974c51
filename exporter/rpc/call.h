// SPDX-License-Identifier: Apache-2.0
// Unary calls as functions: a reactor around blocking work.
#ifndef WAYBILL_EXPORTER_RPC_CALL_H_
#define WAYBILL_EXPORTER_RPC_CALL_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "exporter/rpc/admission/client_name.h"
#include "exporter/rpc/admission/client_places.h"
#include "exporter/rpc/admission/gate.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "oci/context.h"
#include "oci/work/queue.h"

namespace waybill::exporter::rpc {

// Where the work of calls runs, the gate through which they come, and how many each client may have at once.
struct Workplace {
  admission::Gate& gate;
  oci::work::Queue& queue;
  admission::ClientPlaces& places;
  std::string user = "";  // the client of a call that came through a socket's file (client_name.h)

  std::string ClientOf(const grpc::CallbackServerContext& call) const { return admission::ClientOf(call, user); }
};

// Runs `work` on the queue and finishes the call with what it returns. The call's request and response live until then.
// The reactor owns itself.
grpc::ServerUnaryReactor* RunUnary(grpc::CallbackServerContext& call, const Workplace& workplace,
                                   std::function<absl::Status(const oci::Context&)> work);

}  // namespace waybill::exporter::rpc

#endif  // WAYBILL_EXPORTER_RPC_CALL_H_
