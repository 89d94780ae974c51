// SPDX-License-Identifier: Apache-2.0
// Control.Solve on its way through: rewrites the request, and answers when waybill's exports are done too.
#ifndef WAYBILL_EXPORTER_BRIDGE_CALLS_SOLVE_CALL_H_
#define WAYBILL_EXPORTER_BRIDGE_CALLS_SOLVE_CALL_H_

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "exporter/bridge/builds/build.h"
#include "exporter/bridge/builds/builds.h"
#include "exporter/bridge/builds/running_solves.h"
#include "exporter/bridge/relay/relay_call.h"
#include "exporter/bridge/session/session_table.h"
#include "exporter/bridge/solve/rewriter.h"
#include "oci/context.h"
#include "proto/moby/control.pb.h"

namespace waybill::exporter::bridge::calls {

// What a client is told that asks for a build when the bridge takes no more.
grpc::Status ShuttingDown();

class SolveCall : public relay::Interceptor {
 public:
  struct Deps {
    builds::RunningSolves& solves;
    builds::Builds& builds;
    session::SessionTable& sessions;
    solve::RewriteSettings settings;
    builds::Build::Deps build;
  };
  explicit SolveCall(Deps deps) : deps_(std::move(deps)) {}
  ~SolveCall() override;

  grpc::Status Request(relay::RelayCall& call, grpc::ByteBuffer& message) override;
  bool Response(relay::RelayCall& call, grpc::ByteBuffer& message) override;
  bool End(relay::RelayCall& call, grpc::Status& status) override;

 private:
  // The daemon has no call that would let it wait for us, so the client waits here.
  absl::Status ExportNow(const oci::Context& context, relay::RelayCall& call);
  // The caller is gone, but the daemon may not know it yet and call over the session: were it told that there is nobody
  // for its hook, it would call the build complete. So the build stays for a moment, to answer that it is over.
  void Linger(relay::RelayCall& call, builds::Build& build);
  // Before the client learns of it, so that it finds nothing of this build in its way. May be repeated.
  void EndBuild(builds::Build& build);
  std::shared_ptr<builds::Build> build();

  const Deps deps_;
  std::optional<std::string> session_;  // of the running build
  absl::Mutex mutex_;
  // Shared: see Builds. A daemon that is not there ends the call while the request is still being read.
  std::shared_ptr<builds::Build> build_ ABSL_GUARDED_BY(mutex_);
  std::optional<moby::buildkit::v1::SolveResponse> response_;
  grpc::Alarm linger_;
};

}  // namespace waybill::exporter::bridge::calls

#endif  // WAYBILL_EXPORTER_BRIDGE_CALLS_SOLVE_CALL_H_
