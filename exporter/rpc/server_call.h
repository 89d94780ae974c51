// SPDX-License-Identifier: Apache-2.0
// The base of every reactor on the server's side: its ownership, and how a call is cancelled and finished.
#ifndef WAYBILL_EXPORTER_RPC_SERVER_CALL_H_
#define WAYBILL_EXPORTER_RPC_SERVER_CALL_H_

#include <stop_token>
#include <utility>

#include "absl/status/status.h"
#include "exporter/rpc/status.h"
#include "grpcpp/server_context.h"
#include "oci/context.h"

namespace waybill::exporter::rpc {

// Has the call's deadline; `stop` is the reactor's, requested in OnCancel.
oci::Context ContextOf(const grpc::CallbackServerContext& call, std::stop_token stop);

// `Reactor` is a shape of gRPC's: unary, server streaming, bidirectional, generic. A call owns itself: gRPC calls
// OnDone once, last, after the call was finished and no reaction runs any more. The protocol:
//  - OnCancel only requests stop; whoever works for the call sees it in context() and finishes.
//  - Finish, or End, is called exactly once. Afterwards the object may be gone at any moment.
template <typename Reactor>
class ServerCall : public Reactor {
 public:
  void OnCancel() override { stop_.request_stop(); }
  void OnDone() final { delete this; }

  // Stops when the caller goes away.
  std::stop_token stop_token() const { return stop_.get_token(); }

 protected:
  explicit ServerCall(const grpc::CallbackServerContext& call) : context_(ContextOf(call, stop_.get_token())) {}
  ~ServerCall() override = default;

  // Has the call's deadline, and stops with it.
  const oci::Context& context() const { return context_; }
  void RequestStop() { stop_.request_stop(); }
  // Finishes with a status of ours, its reason and metadata included.
  void End(const absl::Status& status) { this->Finish(ToGrpc(status)); }

 private:
  std::stop_source stop_;
  const oci::Context context_;
};

// Ends its call with the status.
template <typename Reactor>
class RefusedCall final : public ServerCall<Reactor> {
 public:
  RefusedCall(const grpc::CallbackServerContext& call, const grpc::Status& status) : ServerCall<Reactor>(call) {
    this->Finish(status);
  }
};

}  // namespace waybill::exporter::rpc

#endif  // WAYBILL_EXPORTER_RPC_SERVER_CALL_H_
