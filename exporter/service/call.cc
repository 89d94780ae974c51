// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/call.h"

#include <chrono>
#include <utility>

#include "absl/time/time.h"
#include "exporter/service/status.h"

namespace waybill::exporter::service {
namespace {

class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  UnaryCall(grpc::CallbackServerContext& call, Executor& executor,
            std::function<absl::Status(const oci::Context&)> work)
      : context_(ContextOf(call, stop_.get_token())), work_(std::move(work)) {
    // Only the worker finishes, or, when there is none, this.
    if (absl::Status submitted = executor.Submit([this] { Run(); }); !submitted.ok()) Finish(ToGrpc(submitted));
  }

  void OnCancel() override { stop_.request_stop(); }
  void OnDone() override { delete this; }

 private:
  void Run() {
    absl::Status status = context_.Check();
    if (status.ok()) status = work_(context_);
    Finish(ToGrpc(status));
  }

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

grpc::ServerUnaryReactor* RunUnary(grpc::CallbackServerContext& call, Executor& executor,
                                   std::function<absl::Status(const oci::Context&)> work) {
  return new UnaryCall(call, executor, std::move(work));
}

}  // namespace waybill::exporter::service
