// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/client.h"

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "exporter/rpc/listen/limits.h"
#include "exporter/rpc/propagation/propagation.h"
#include "exporter/rpc/status.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "oci/status_macros.h"

namespace waybill::exporter::rpc {

namespace {

std::shared_ptr<grpc::Channel> ConnectWith(const listen::Address& address, absl::string_view server_name,
                                           const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  grpc::ChannelArguments arguments;
  if (!server_name.empty()) arguments.SetSslTargetNameOverride(std::string(server_name));
  arguments.SetMaxReceiveMessageSize(-1);  // reports of images with very many annotations
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, 1 << 20);
  // A service that stands still, or whose machine has gone, ends the calls that wait for it.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, listen::kKeepaliveMilliseconds);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, listen::kKeepaliveTimeoutMilliseconds);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // Calls are not repeated behind our back.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  return grpc::CreateCustomChannel(address.GrpcTarget(), credentials, arguments);
}

}  // namespace

std::shared_ptr<grpc::Channel> Connect(const listen::Address& address) {
  return ConnectWith(address, "", grpc::InsecureChannelCredentials());
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const listen::Address& address, const listen::TlsFiles& tls) {
  ABSL_RETURN_IF_ERROR(listen::CheckTls(tls, {address}, "--tls"));
  ABSL_ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ChannelCredentials> credentials, listen::DialCredentials(tls));
  return ConnectWith(address, tls.server_name, credentials);
}

ClientCall::ClientCall(const oci::Context& context)
    : context_(context), on_stop_(context.stop_token(), [this] { grpc_.TryCancel(); }) {
  propagation::SendTrace(context, grpc_);
  if (context.deadline() != absl::InfiniteFuture()) grpc_.set_deadline(absl::ToChronoTime(context.deadline()));
}

absl::Status ClientCall::ToStatus(const grpc::Status& status) const {
  if (status.ok()) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(context_.Check());
  return FromGrpc(status);
}

}  // namespace waybill::exporter::rpc
