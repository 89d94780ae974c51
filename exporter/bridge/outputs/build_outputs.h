// SPDX-License-Identifier: Apache-2.0
// Where the images of a build go.
#ifndef WAYBILL_EXPORTER_BRIDGE_OUTPUTS_BUILD_OUTPUTS_H_
#define WAYBILL_EXPORTER_BRIDGE_OUTPUTS_BUILD_OUTPUTS_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "exporter/bridge/solve/rewriter.h"
#include "exporter/deliver.h"

namespace waybill::exporter::bridge::outputs {

// The way to the services of a build client's session: gRPC's own handle.
using ClientChannel = std::shared_ptr<grpc::ChannelInterface>;

// Thread-safe. Must outlive the outputs.
class BuildOutputs {
 public:
  virtual ~BuildOutputs() = default;
  // Whether Open could serve the exporter, as far as that shows before its build: does not block.
  virtual absl::Status Check(const solve::TakenExporter& exporter) = 0;
  // The output for one image of the build whose client `client` leads to. It serves one delivery.
  virtual absl::StatusOr<std::unique_ptr<Output>> Open(const solve::TakenExporter& exporter,
                                                       const ClientChannel& client) = 0;
};

}  // namespace waybill::exporter::bridge::outputs

#endif  // WAYBILL_EXPORTER_BRIDGE_OUTPUTS_BUILD_OUTPUTS_H_
