// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/calls/solve_call.h"

#include <utility>

#include "absl/time/time.h"
#include "exporter/rpc/message.h"
#include "exporter/rpc/status.h"

namespace waybill::exporter::bridge::calls {
namespace {

using moby::buildkit::v1::SolveRequest;
using moby::buildkit::v1::SolveResponse;

// Longer than the end of a call takes to its server.
constexpr absl::Duration kLinger = absl::Seconds(1);

grpc::ByteBuffer Patched(const builds::Build& build, SolveResponse response) {
  solve::Response map(response.exporter_response().begin(), response.exporter_response().end());
  build.PatchResponse(map);
  for (auto& [key, value] : map) (*response.mutable_exporter_response())[key] = std::move(value);
  return rpc::Encode(response);
}

// As the daemon tells a client of a bad attribute or a failed export: clients print any other code before the text.
grpc::Status Failure(const absl::Status& status) {
  return absl::IsCancelled(status) ? rpc::ToGrpc(status) : rpc::ToGrpcAs(absl::StatusCode::kUnknown, status);
}

}  // namespace

grpc::Status ShuttingDown() { return {grpc::StatusCode::UNAVAILABLE, "the bridge is shutting down"}; }

SolveCall::~SolveCall() {
  if (const std::shared_ptr<builds::Build> ours = build()) EndBuild(*ours);
  if (session_.has_value()) deps_.solves.Leave(*session_);
}

void SolveCall::EndBuild(builds::Build& build) {
  build.board().Close();
  deps_.builds.Remove(build);
}

std::shared_ptr<builds::Build> SolveCall::build() {
  absl::MutexLock lock(&mutex_);
  return build_;
}

grpc::Status SolveCall::Request(relay::RelayCall&, grpc::ByteBuffer& message) {
  SolveRequest request;
  if (session_.has_value() || !rpc::Decode(message, request)) {
    return {grpc::StatusCode::INVALID_ARGUMENT, "not a Solve request"};
  }
  if (!deps_.solves.Enter(request.session())) return ShuttingDown();
  session_ = request.session();
  absl::StatusOr<solve::Rewritten> rewritten = solve::RewriteSolve(std::move(request), deps_.settings);
  if (!rewritten.ok()) return Failure(rewritten.status());
  if (rewritten->taken.empty()) return grpc::Status::OK;
  for (const solve::TakenExporter& exporter : rewritten->taken) {
    if (const absl::Status checked = deps_.build.outputs.Check(exporter); !checked.ok()) return Failure(checked);
  }
  auto build = std::make_shared<builds::Build>(deps_.build, *std::move(rewritten));
  if (const absl::Status added = deps_.builds.Add(build); !added.ok()) return rpc::ToGrpc(added);
  message = rpc::Encode(build->rewritten().request);
  absl::MutexLock lock(&mutex_);
  build_ = std::move(build);
  return grpc::Status::OK;
}

bool SolveCall::Response(relay::RelayCall&, grpc::ByteBuffer& message) {
  if (build() == nullptr) return true;
  response_.emplace();
  if (rpc::Decode(message, *response_)) return false;
  response_.reset();
  return true;
}

bool SolveCall::End(relay::RelayCall& call, grpc::Status& status) {
  const std::shared_ptr<builds::Build> ours = build();
  if (ours == nullptr) return true;
  const std::optional<absl::Status> exported = ours->exported();
  if (status.ok() && response_.has_value() && !exported.has_value()) {
    const absl::Status taken = deps_.builds.Run(
        ours, call.stop_token(), [this, &call](const oci::Context& context) { return ExportNow(context, call); });
    if (taken.ok()) return false;
    status = Failure(taken);
  }
  if (status.ok() && response_.has_value() && exported.has_value()) {
    if (exported->ok()) {
      call.Inject(Patched(*ours, *std::move(response_)));
    } else {
      status = Failure(*exported);
    }
  }
  if (!status.ok() && call.stop_token().stop_requested()) {
    Linger(call, *ours);
    return false;
  }
  EndBuild(*ours);
  return true;
}

void SolveCall::Linger(relay::RelayCall& call, builds::Build& build) {
  build.stop().Request();
  build.board().Close();
  linger_.Set(absl::ToChronoTime(deps_.build.clock.Now() + kLinger), [this, &call](bool) {
    if (const std::shared_ptr<builds::Build> ours = this->build()) EndBuild(*ours);
    call.Finish(grpc::Status::CANCELLED);
  });
}

absl::Status SolveCall::ExportNow(const oci::Context& context, relay::RelayCall& call) {
  const std::shared_ptr<builds::Build> ours = build();
  const solve::Response response(response_->exporter_response().begin(), response_->exporter_response().end());
  const absl::Status status =
      ours->Export(context, deps_.sessions.Client(ours->rewritten().request.session()), response);
  if (status.ok()) call.Inject(Patched(*ours, *std::move(response_)));
  EndBuild(*ours);
  // This object is gone at some time after Finish.
  call.Finish(status.ok() ? grpc::Status::OK : Failure(status));
  return status;
}

}  // namespace waybill::exporter::bridge::calls
