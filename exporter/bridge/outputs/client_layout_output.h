// SPDX-License-Identifier: Apache-2.0
// The client's own layout (`type=oci,tar=false,dest=DIR`): blobs go into its store over the session; the client writes
// index.json from the build's answer.
#ifndef WAYBILL_EXPORTER_BRIDGE_OUTPUTS_CLIENT_LAYOUT_OUTPUT_H_
#define WAYBILL_EXPORTER_BRIDGE_OUTPUTS_CLIENT_LAYOUT_OUTPUT_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <utility>

#include "exporter/deliver.h"

namespace waybill::exporter::bridge::outputs {

class ClientLayoutOutput final : public Output {
 public:
  // gRPC's own handle.
  explicit ClientLayoutOutput(std::shared_ptr<grpc::ChannelInterface> client) : client_(std::move(client)) {}
  absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image& image,
                                            const request::ExportOptions& options) override;

 private:
  const std::shared_ptr<grpc::ChannelInterface> client_;
};

}  // namespace waybill::exporter::bridge::outputs

#endif  // WAYBILL_EXPORTER_BRIDGE_OUTPUTS_CLIENT_LAYOUT_OUTPUT_H_
