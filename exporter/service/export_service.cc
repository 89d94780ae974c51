// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/export_service.h"

#include "absl/time/clock.h"
#include "exporter/service/export_call.h"

namespace waybill::exporter::service {

grpc::ServerWriteReactor<v1::ExportEvent>* ExportService::Export(grpc::CallbackServerContext* call,
                                                                 const v1::ExportRequest* request) {
  // gRPC keeps the request as long as the call.
  const auto work = [request, this](const oci::Context& context, oci::io::Writer& archive) {
    return RunExport(context, *request, archive, deps_.job);
  };
  const auto on_end = [request, start = absl::Now(), this](const absl::Status& status) {
    if (deps_.on_end == nullptr) return;
    const auto name = request->attributes().find("name");
    deps_.on_end({.type = request->type(),
                  .names = name == request->attributes().end() ? "" : name->second,
                  .status = status,
                  .took = absl::Now() - start});
  };
  return new ExportCall(*call, deps_.workplace, deps_.client_patience, work, on_end);
}

grpc::ServerUnaryReactor* ExportService::GetCapabilities(grpc::CallbackServerContext* call,
                                                         const v1::GetCapabilitiesRequest*,
                                                         v1::GetCapabilitiesResponse* response) {
  *response = deps_.capabilities;
  grpc::ServerUnaryReactor* const reactor = call->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace waybill::exporter::service
