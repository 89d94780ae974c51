// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/call.h"

#include <utility>

#include "exporter/rpc/server_call.h"
#include "oci/status_macros.h"

namespace waybill::exporter::rpc {
namespace {

class BlockingCall final : public ServerCall<grpc::ServerUnaryReactor> {
 public:
  BlockingCall(grpc::CallbackServerContext& call, const Workplace& workplace,
               std::function<absl::Status(const oci::Context&)> work)
      : ServerCall(call), work_(std::move(work)) {
    // Only the worker finishes, or, when there is none, this.
    if (const absl::Status begun = Begin(workplace, workplace.ClientOf(call)); !begun.ok()) End(begun);
  }

 private:
  absl::Status Begin(const Workplace& workplace, const std::string& client) {
    ABSL_ASSIGN_OR_RETURN(place_, workplace.places.Take(client));
    ABSL_ASSIGN_OR_RETURN(pass_, workplace.gate.Enter());
    return workplace.queue.Submit([this] { Run(); }).status();
  }

  void Run() {
    absl::Status status = context().Check();
    if (status.ok()) status = work_(context());
    End(status);
  }

  admission::ClientPlaces::Place place_;
  admission::Gate::Pass pass_;
  const std::function<absl::Status(const oci::Context&)> work_;
};

}  // namespace

grpc::ServerUnaryReactor* RunUnary(grpc::CallbackServerContext& call, const Workplace& workplace,
                                   std::function<absl::Status(const oci::Context&)> work) {
  return new BlockingCall(call, workplace, std::move(work));
}

}  // namespace waybill::exporter::rpc
