// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/remote/status_reader.h"

#include "exporter/rpc/client.h"
#include "proto/moby/control_service.grpc.pb.h"

namespace waybill::exporter::bridge::remote {

void ReadStatus(const oci::Context& context, const std::shared_ptr<grpc::ChannelInterface>& daemon,
                const std::string& ref, const std::function<bool(const moby::buildkit::v1::StatusResponse&)>& enough) {
  rpc::ClientCall call(context);
  moby::buildkit::v1::StatusRequest request;
  request.set_ref(ref);
  const auto stub = moby::buildkit::v1::Control::NewStub(daemon);
  const auto stream = stub->Status(&call.grpc(), request);
  moby::buildkit::v1::StatusResponse status;
  while (stream->Read(&status) && !enough(status)) continue;
  call.Cancel();
  stream->Finish();
}

}  // namespace waybill::exporter::bridge::remote
