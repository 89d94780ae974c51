// SPDX-License-Identifier: Apache-2.0
// An archive that the client writes (`type=oci,dest=FILE`, `type=docker`): made here, sent over the session.
#ifndef WAYBILL_EXPORTER_BRIDGE_OUTPUTS_CLIENT_FILE_OUTPUT_H_
#define WAYBILL_EXPORTER_BRIDGE_OUTPUTS_CLIENT_FILE_OUTPUT_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "exporter/deliver.h"
#include "exporter/request/options.h"

namespace waybill::exporter::bridge::outputs {

class ClientFileOutput final : public Output {
 public:
  // `exporter` is the index in the build; the channel is gRPC's own handle.
  ClientFileOutput(std::shared_ptr<grpc::ChannelInterface> client, int exporter)
      : client_(std::move(client)), exporter_(exporter) {}
  absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image& image,
                                            const request::ExportOptions& options) override;

 private:
  const std::shared_ptr<grpc::ChannelInterface> client_;
  const int exporter_;
};

}  // namespace waybill::exporter::bridge::outputs

#endif  // WAYBILL_EXPORTER_BRIDGE_OUTPUTS_CLIENT_FILE_OUTPUT_H_
