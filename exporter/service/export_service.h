// SPDX-License-Identifier: Apache-2.0
// waybill.v1.Exporter.
#ifndef WAYBILL_EXPORTER_SERVICE_EXPORT_SERVICE_H_
#define WAYBILL_EXPORTER_SERVICE_EXPORT_SERVICE_H_

#include <utility>

#include "exporter/service/executor.h"
#include "exporter/service/export_job.h"
#include "proto/waybill/v1/exporter.grpc.pb.h"

namespace waybill::exporter::service {

// Thread-safe. Exports run on the executor, as many at once as it has threads.
class ExportService final : public v1::Exporter::CallbackService {
 public:
  struct Deps {
    ExportJobDeps job;
    Executor& executor;
    v1::GetCapabilitiesResponse capabilities;
  };
  explicit ExportService(Deps deps) : deps_(std::move(deps)) {}

  grpc::ServerWriteReactor<v1::ExportEvent>* Export(grpc::CallbackServerContext* call,
                                                    const v1::ExportRequest* request) override;
  grpc::ServerUnaryReactor* GetCapabilities(grpc::CallbackServerContext* call,
                                            const v1::GetCapabilitiesRequest* request,
                                            v1::GetCapabilitiesResponse* response) override;

 private:
  const Deps deps_;
};

}  // namespace waybill::exporter::service

#endif  // WAYBILL_EXPORTER_SERVICE_EXPORT_SERVICE_H_
