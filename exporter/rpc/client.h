// SPDX-License-Identifier: Apache-2.0
// The client's side of one call: a gRPC context that ends when ours does, and errors in our words.
#ifndef WAYBILL_EXPORTER_RPC_CLIENT_H_
#define WAYBILL_EXPORTER_RPC_CLIENT_H_

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "exporter/rpc/listen/address.h"
#include "exporter/rpc/listen/tls.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/status.h"
#include "oci/context.h"

namespace waybill::exporter::rpc {

// Connects when the first call is made. gRPC shares channels between stubs.
std::shared_ptr<grpc::Channel> Connect(const listen::Address& address);
// The same with TLS, if any of `tls` is named (tcp only). Errors: those of listen::CheckTls and
// listen::DialCredentials.
absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const listen::Address& address, const listen::TlsFiles& tls);

// Cancels the call when the context is stopped or its deadline passes, and tells the server the context's place in its
// trace. One per call; not thread-safe.
class ClientCall {
 public:
  explicit ClientCall(const oci::Context& context);

  grpc::ClientContext& grpc() { return grpc_; }
  void Cancel() { grpc_.TryCancel(); }
  // The error with which the call ended: the context's own when that is why.
  absl::Status ToStatus(const grpc::Status& status) const;

 private:
  const oci::Context context_;
  grpc::ClientContext grpc_;
  std::stop_callback<std::function<void()>> on_stop_;
};

}  // namespace waybill::exporter::rpc

#endif  // WAYBILL_EXPORTER_RPC_CLIENT_H_
