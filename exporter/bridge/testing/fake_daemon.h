// SPDX-License-Identifier: Apache-2.0
// A BuildKit daemon without a builder: takes sessions, over which it calls what the test tells it to, and builds by
// the test's own words.
#ifndef WAYBILL_EXPORTER_BRIDGE_TESTING_FAKE_DAEMON_H_
#define WAYBILL_EXPORTER_BRIDGE_TESTING_FAKE_DAEMON_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "proto/moby/control.pb.h"
#include "proto/moby/control_service.grpc.pb.h"

namespace waybill::exporter::bridge::testing {

// A gRPC service for a server of the test's. Thread-safe.
class FakeDaemon : public moby::buildkit::v1::Control::Service {
 public:
  using Rows = grpc::ServerWriter<moby::buildkit::v1::StatusResponse>;
  struct Script {
    // What a build does, what it answers. `session` is the way to the client.
    std::function<grpc::Status(const std::shared_ptr<grpc::Channel>& session,
                               const moby::buildkit::v1::SolveRequest& request,
                               moby::buildkit::v1::SolveResponse& response)>
        solve;
    std::function<grpc::Status(const moby::buildkit::v1::StatusRequest& request, Rows& rows)> status;
    size_t piece = 32 << 10;  // see Tunnel
  };
  FakeDaemon() : FakeDaemon(Script()) {}
  explicit FakeDaemon(Script script) : script_(std::move(script)) {}

  // The way to the client of this session; waits until it is open.
  std::shared_ptr<grpc::Channel> AwaitSession(const std::string& id);
  // Until no session is open.
  void AwaitNoSession();
  // What came with the session that was opened last.
  std::multimap<std::string, std::string> session_metadata();

  grpc::Status Session(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<moby::buildkit::v1::BytesMessage, moby::buildkit::v1::BytesMessage>* stream) override;
  grpc::Status Solve(grpc::ServerContext* context, const moby::buildkit::v1::SolveRequest* request,
                     moby::buildkit::v1::SolveResponse* response) override;
  grpc::Status Status(grpc::ServerContext* context, const moby::buildkit::v1::StatusRequest* request,
                      Rows* rows) override;

 private:
  const Script script_;
  absl::Mutex mutex_;
  std::map<std::string, std::shared_ptr<grpc::Channel>> sessions_ ABSL_GUARDED_BY(mutex_);
  std::multimap<std::string, std::string> metadata_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::exporter::bridge::testing

#endif  // WAYBILL_EXPORTER_BRIDGE_TESTING_FAKE_DAEMON_H_
