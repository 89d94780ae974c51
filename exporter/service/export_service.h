// SPDX-License-Identifier: Apache-2.0
// waybill.v1.Exporter.
#ifndef WAYBILL_EXPORTER_SERVICE_EXPORT_SERVICE_H_
#define WAYBILL_EXPORTER_SERVICE_EXPORT_SERVICE_H_

#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "exporter/rpc/call.h"
#include "exporter/service/export_job.h"
#include "proto/waybill/v1/exporter.grpc.pb.h"

namespace waybill::exporter::service {

// How one export ended, for whoever keeps a log.
struct ExportEnd {
  std::string type;
  std::string names;  // as the request has them, separated by commas
  absl::Status status;
  absl::Duration took;
};
// Called from several threads at once.
using ExportEndSink = std::function<void(const ExportEnd&)>;

// Thread-safe. Exports run on the executor, as many at once as it has threads.
class ExportService final : public v1::Exporter::CallbackService {
 public:
  struct Deps {
    ExportJobDeps job;
    rpc::Workplace workplace;
    absl::Duration client_patience;  // for one message
    ExportEndSink on_end;            // may be null
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
