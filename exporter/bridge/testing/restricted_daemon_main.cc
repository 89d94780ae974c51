// SPDX-License-Identifier: Apache-2.0
// usage: restricted_daemon LISTEN UPSTREAM
//
// A daemon that keeps its blobs to itself: relays all calls to the real one at UPSTREAM but those of its content
// service, which it does not have. Until SIGTERM.
#include <grpcpp/grpcpp.h>

#include <iostream>
#include <memory>

#include "absl/strings/match.h"
#include "exporter/bridge/relay/limits.h"
#include "exporter/bridge/relay/relay_call.h"
#include "exporter/bridge/relay/relay_service.h"
#include "exporter/rpc/listen/address.h"
#include "exporter/rpc/raw_call.h"

namespace waybill::exporter::bridge {
namespace {

int Serve(const rpc::listen::Address& listen, const rpc::listen::Address& upstream) {
  const std::shared_ptr<grpc::Channel> daemon =
      grpc::CreateCustomChannel(upstream.GrpcTarget(), grpc::InsecureChannelCredentials(), relay::ChannelLimits());
  relay::RelayService service([&daemon](grpc::GenericCallbackServerContext& call) -> grpc::ServerGenericBidiReactor* {
    if (!absl::StartsWith(call.method(), "/containerd.services.content.v1.Content/")) {
      return relay::RelayCall::Start(call, daemon, {});
    }
    return new rpc::RawRefusal(call, {grpc::StatusCode::UNIMPLEMENTED, "unknown service"});
  });
  grpc::ServerBuilder builder;
  relay::SetServerLimits(builder);
  builder.RegisterCallbackGenericService(&service);
  builder.AddListeningPort(listen.GrpcTarget(), grpc::InsecureServerCredentials());
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  server->Wait();
  return 0;
}

}  // namespace
}  // namespace waybill::exporter::bridge

int main(int argc, char** argv) {
  using waybill::exporter::rpc::listen::Address;
  if (argc != 3) {
    std::cerr << "usage: restricted_daemon LISTEN UPSTREAM" << std::endl;
    return 2;
  }
  const absl::StatusOr<Address> listen = Address::Parse(argv[1]);
  const absl::StatusOr<Address> upstream = Address::Parse(argv[2]);
  if (!listen.ok() || !upstream.ok()) {
    std::cerr << listen.status() << " " << upstream.status() << std::endl;
    return 2;
  }
  return waybill::exporter::bridge::Serve(*listen, *upstream);
}
