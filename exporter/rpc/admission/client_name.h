// SPDX-License-Identifier: Apache-2.0
// Who calls: the name by which a server counts what its clients take, and by which it tells them so.
#ifndef WAYBILL_EXPORTER_RPC_ADMISSION_CLIENT_NAME_H_
#define WAYBILL_EXPORTER_RPC_ADMISSION_CLIENT_NAME_H_

#include <string>

#include "absl/strings/string_view.h"
#include "grpcpp/server_context.h"

namespace waybill::exporter::rpc::admission {

// The subject of the certificate that the client showed; else its IP address; else, for a client of a socket's file,
// `user`, which the listener knows (rpc::listen::Listener).
std::string ClientOf(const grpc::CallbackServerContext& call, absl::string_view user);

// The same of gRPC's name of the other end (ServerContext::peer), without a certificate: "ipv4:10.0.0.7:41234" is
// "10.0.0.7".
std::string ClientAt(absl::string_view peer, absl::string_view user);

}  // namespace waybill::exporter::rpc::admission

#endif  // WAYBILL_EXPORTER_RPC_ADMISSION_CLIENT_NAME_H_
