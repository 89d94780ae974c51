// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/export_service.h"

#include "absl/time/clock.h"
#include "exporter/service/export_call.h"

namespace waybill::exporter::service {

grpc::ServerWriteReactor<v1::ExportEvent>* ExportService::Export(grpc::CallbackServerContext* call,
                                                                 const v1::ExportRequest* request) {
  // gRPC keeps the request as long as the call.
  return new ExportCall(*call, deps_.executor, [request, this](const oci::Context& context, oci::io::Writer& archive) {
    const absl::Time start = absl::Now();
    absl::StatusOr<Report> report = RunExport(context, *request, archive, deps_.job);
    if (deps_.on_end != nullptr) {
      const auto name = request->attributes().find("name");
      deps_.on_end({.type = request->type(),
                    .names = name == request->attributes().end() ? "" : name->second,
                    .status = report.status(),
                    .took = absl::Now() - start});
    }
    return report;
  });
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
