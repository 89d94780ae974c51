// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/call.h"

#include <chrono>
#include <utility>

#include "absl/time/time.h"
#include "exporter/rpc/status.h"
#include "oci/status_macros.h"

namespace waybill::exporter::rpc {
namespace {

class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  UnaryCall(grpc::CallbackServerContext& call, const Workplace& workplace,
            std::function<absl::Status(const oci::Context&)> work)
      : context_(ContextOf(call, stop_.get_token())), work_(std::move(work)) {
    // Only the worker finishes, or, when there is none, this.
    if (const absl::Status begun = Begin(workplace); !begun.ok()) Finish(ToGrpc(begun));
  }

  void OnCancel() override { stop_.request_stop(); }
  void OnDone() override { delete this; }

 private:
  absl::Status Begin(const Workplace& workplace) {
    ABSL_ASSIGN_OR_RETURN(pass_, workplace.gate.Enter());
    return workplace.executor.Submit([this] { Run(); }).status();
  }

  void Run() {
    absl::Status status = context_.Check();
    if (status.ok()) status = work_(context_);
    Finish(ToGrpc(status));
  }

  Gate::Pass pass_;
  std::stop_source stop_;
  const oci::Context context_;
  const std::function<absl::Status(const oci::Context&)> work_;
};

}  // namespace

oci::Context ContextOf(const grpc::CallbackServerContext& call, std::stop_token stop) {
  const oci::Context context = oci::Context().WithStop(std::move(stop));
  const std::chrono::system_clock::time_point deadline = call.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) return context;
  return context.WithDeadline(absl::FromChrono(deadline));
}

grpc::ServerUnaryReactor* RunUnary(grpc::CallbackServerContext& call, const Workplace& workplace,
                                   std::function<absl::Status(const oci::Context&)> work) {
  return new UnaryCall(call, workplace, std::move(work));
}

}  // namespace waybill::exporter::rpc
