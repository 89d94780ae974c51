// SPDX-License-Identifier: Apache-2.0
// What every call has: a context that ends with it, and for unary calls a reactor around blocking work.
#ifndef WAYBILL_EXPORTER_RPC_CALL_H_
#define WAYBILL_EXPORTER_RPC_CALL_H_

#include <functional>
#include <stop_token>

#include "absl/status/status.h"
#include "exporter/rpc/executor.h"
#include "exporter/rpc/gate.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "oci/context.h"

namespace waybill::exporter::rpc {

// Has the call's deadline; `stop` is the reactor's, requested in OnCancel.
oci::Context ContextOf(const grpc::CallbackServerContext& call, std::stop_token stop);

// Where the work of calls runs, and the gate through which they come.
struct Workplace {
  Gate& gate;
  Executor& executor;
};

// Runs `work` on the executor and finishes the call with what it returns. The call's request and response live until
// then. The reactor owns itself.
grpc::ServerUnaryReactor* RunUnary(grpc::CallbackServerContext& call, const Workplace& workplace,
                                   std::function<absl::Status(const oci::Context&)> work);

}  // namespace waybill::exporter::rpc

#endif  // WAYBILL_EXPORTER_RPC_CALL_H_
