// SPDX-License-Identifier: Apache-2.0
// waybill.v1.Exporter.
#ifndef WAYBILL_EXPORTER_SERVICE_EXPORT_SERVICE_H_
#define WAYBILL_EXPORTER_SERVICE_EXPORT_SERVICE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "exporter/export_end.h"
#include "exporter/rpc/admission/client_memory.h"
#include "exporter/rpc/admission/client_places.h"
#include "exporter/rpc/call.h"
#include "exporter/service/export_job.h"
#include "exporter/service/store/keeper.h"
#include "exporter/service/store/kept_store.h"
#include "oci/observer.h"
#include "oci/trace/span.h"
#include "oci/unpack_limits.h"
#include "proto/waybill/v1/exporter.grpc.pb.h"

namespace waybill::exporter::service {

// The generated service with raw messages for Export, whose requests are large: they are counted before they are read.
using ExporterCalls =
    v1::Exporter::WithRawCallbackMethod_Export<v1::Exporter::WithCallbackMethod_GetCapabilities<v1::Exporter::Service>>;

// Thread-safe. Exports run in the queue of the workplace, as many at once as it allows.
class ExportService final : public ExporterCalls {
 public:
  struct Deps {
    ExportJobDeps job;
    rpc::Workplace workplace;
    rpc::admission::ClientMemory& memory;
    absl::Duration client_patience;  // for one message
    ExportEndSink on_end;            // may be null
    oci::Observer* observer;         // the same; outlives the service
    oci::trace::SpanSink* spans;     // the same
    oci::UnpackLimits unpack_limits;
    v1::GetCapabilitiesResponse capabilities;
  };
  explicit ExportService(Deps deps);

  grpc::ServerWriteReactor<grpc::ByteBuffer>* Export(grpc::CallbackServerContext* call,
                                                     const grpc::ByteBuffer* request) override;
  grpc::ServerUnaryReactor* GetCapabilities(grpc::CallbackServerContext* call,
                                            const v1::GetCapabilitiesRequest* request,
                                            v1::GetCapabilitiesResponse* response) override;

 private:
  // A request that was read, what it takes of its client's share, and the blobs that it needs.
  struct Taken {
    explicit Taken(store::Keeper& keeper) : blobs(keeper) {}

    rpc::admission::ClientPlaces::Place place;
    rpc::admission::ClientMemory::Hold hold;
    store::Exporting exporting;
    v1::ExportRequest request;
    store::Keeper::Pin blobs;
  };
  // Reads the request and gives its bytes back. UNAVAILABLE when its client holds too much already, RESOURCE_EXHAUSTED
  // when it has too many exports.
  absl::StatusOr<std::shared_ptr<Taken>> Take(const grpc::CallbackServerContext& call, grpc::ByteBuffer& bytes);

  const Deps deps_;
  const uint32_t ids_begin_;  // tells this service's ids from those of others, and of processes before
  std::atomic<uint64_t> requests_ = 0;
};

// The initial metadata of an answer to Export that names the request in the service's log.
inline constexpr char kRequestIdKey[] = "waybill-request-id";

}  // namespace waybill::exporter::service

#endif  // WAYBILL_EXPORTER_SERVICE_EXPORT_SERVICE_H_
