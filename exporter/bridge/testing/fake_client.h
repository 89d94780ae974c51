// SPDX-License-Identifier: Apache-2.0
// A build client as far as its session goes: keeps one open and serves its services on it.
#ifndef WAYBILL_EXPORTER_BRIDGE_TESTING_FAKE_CLIENT_H_
#define WAYBILL_EXPORTER_BRIDGE_TESTING_FAKE_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exporter/bridge/testing/tunnel.h"
#include "proto/moby/control.pb.h"
#include "proto/moby/control_service.grpc.pb.h"

namespace waybill::exporter::bridge::testing {

// Not thread-safe.
class FakeClient {
 public:
  struct Options {
    std::string session_id = "session-1";
    std::vector<std::string> methods;  // that it says it has
    size_t piece = 32 << 10;           // see Tunnel
  };
  // Opens the session at once. `services` must outlive the client.
  FakeClient(const std::shared_ptr<grpc::ChannelInterface>& bridge, const std::vector<grpc::Service*>& services,
             const Options& options);
  // As one that is killed, when the session has not ended.
  ~FakeClient();

  // As BuildKit's clients do: half-closes, reads on until the daemon ends the session, and says how it did.
  grpc::Status Close();
  // As one that is killed.
  grpc::Status Kill();
  // Until the other side ends the session.
  grpc::Status Wait();
  // Of the session's stream, after its end.
  const grpc::ClientContext& context() const { return context_; }

 private:
  grpc::ClientContext context_;
  const std::unique_ptr<moby::buildkit::v1::Control::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<moby::buildkit::v1::BytesMessage, moby::buildkit::v1::BytesMessage>> stream_;
  std::unique_ptr<grpc::Server> server_;
  Tunnel tunnel_;
  std::optional<grpc::Status> ended_;
};

}  // namespace waybill::exporter::bridge::testing

#endif  // WAYBILL_EXPORTER_BRIDGE_TESTING_FAKE_CLIENT_H_
