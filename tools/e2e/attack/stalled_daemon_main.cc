// SPDX-License-Identifier: Apache-2.0
// usage: stalled_daemon ADDRESS
// A daemon for a bridge: reads no message of "/attack.Daemon/Hold", answers "/attack.Daemon/Pour" without end, and does
// not know other methods. Prints "ready" and runs until it is killed.
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <iostream>
#include <memory>

#include "exporter/rpc/listen/address.h"
#include "exporter/rpc/raw_call.h"

namespace waybill::e2e::attack {
namespace {

using RawReactor = grpc::ServerGenericBidiReactor;

// Ends when its caller does.
class SilentCall final : public exporter::rpc::ServerCall<RawReactor> {
 public:
  explicit SilentCall(const grpc::CallbackServerContext& call) : ServerCall(call) {}
  void OnCancel() override { Finish(grpc::Status::CANCELLED); }
};

// Sends messages of 4 MiB until its caller is gone.
class PouringCall final : public exporter::rpc::ServerCall<RawReactor> {
 public:
  PouringCall(const grpc::CallbackServerContext& call, const grpc::ByteBuffer& message)
      : ServerCall(call), message_(message) {
    StartWrite(&message_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    StartWrite(&message_);
  }

 private:
  const grpc::ByteBuffer message_;
};

class StalledService final : public grpc::CallbackGenericService {
 public:
  RawReactor* CreateReactor(grpc::GenericCallbackServerContext* call) override {
    if (call->method() == "/attack.Daemon/Hold") return new SilentCall(*call);
    if (call->method() == "/attack.Daemon/Pour") return new PouringCall(*call, poured_);
    return new exporter::rpc::RawRefusal(*call, {grpc::StatusCode::UNIMPLEMENTED, "no such method"});
  }

 private:
  const grpc::Slice bytes_{std::string(4 << 20, 'p')};
  const grpc::ByteBuffer poured_{&bytes_, 1};
};

}  // namespace
}  // namespace waybill::e2e::attack

int main(int argc, char** argv) {
  const auto address = waybill::exporter::rpc::listen::Address::Parse(argc == 2 ? argv[1] : "");
  if (!address.ok()) {
    std::cerr << "usage: stalled_daemon ADDRESS\n";
    return 1;
  }
  waybill::e2e::attack::StalledService service;
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(-1);
  builder.SetMaxSendMessageSize(-1);
  builder.RegisterCallbackGenericService(&service);
  builder.AddListeningPort(address->GrpcTarget(), grpc::InsecureServerCredentials());
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  std::cout << "ready" << std::endl;
  server->Wait();
}
