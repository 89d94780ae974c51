// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/export_service.h"

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "exporter/rpc/message.h"
#include "exporter/rpc/propagation/propagation.h"
#include "exporter/rpc/propagation/traced_call.h"
#include "exporter/rpc/server_call.h"
#include "exporter/rpc/status.h"
#include "exporter/service/content/lease_of_call.h"
#include "exporter/service/export_call.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service {
namespace {

// As OpenTelemetry's conventions for RPC have it.
constexpr absl::string_view kSpanName = "waybill.v1.Exporter/Export";

std::string NamesOf(const v1::ExportRequest& request) {
  const auto name = request.attributes().find("name");
  return name == request.attributes().end() ? "" : name->second;
}

void Describe(const v1::ExportRequest& request, oci::Span& span) {
  if (!span.recorded()) return;
  span.Set("waybill.export.type", request.type());
  span.Set("waybill.export.names", NamesOf(request));
}

}  // namespace

ExportService::ExportService(Deps deps) : deps_(std::move(deps)), ids_begin_(absl::Uniform<uint32_t>(absl::BitGen())) {}

absl::StatusOr<std::shared_ptr<ExportService::Taken>> ExportService::Take(const grpc::CallbackServerContext& call,
                                                                          grpc::ByteBuffer& bytes) {
  const auto taken = std::make_shared<Taken>(deps_.job.store.keeper);
  taken->exporting = {.client = deps_.workplace.ClientOf(call), .lease = content::LeaseOf(call)};
  ABSL_ASSIGN_OR_RETURN(taken->place, deps_.workplace.places.Take(taken->exporting.client));
  const int64_t size = static_cast<int64_t>(bytes.Length());
  const int64_t fields = rpc::CountFields(bytes, *v1::ExportRequest::descriptor());
  if (fields < 0) return oci::InvalidInputError("not an export request");
  ABSL_ASSIGN_OR_RETURN(taken->hold, deps_.memory.Take(taken->exporting.client, size + fields * rpc::kBytesPerField));
  if (!rpc::Consume(bytes, taken->request)) return oci::InvalidInputError("not an export request");
  ABSL_RETURN_IF_ERROR(taken->hold.Resize(static_cast<int64_t>(taken->request.SpaceUsedLong())));
  VisitBlobs(taken->request.result(), [&taken](const oci::Digest& digest) { taken->blobs.Add(digest); });
  return taken;
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* ExportService::Export(grpc::CallbackServerContext* call,
                                                                  const grpc::ByteBuffer* bytes) {
  const absl::Time start = absl::Now();
  const std::string id = absl::StrCat(absl::Hex(ids_begin_, absl::kZeroPad8), "-", ++requests_);
  call->AddInitialMetadata(kRequestIdKey, id);
  // Shared: the call's work and its end both hold it.
  const auto traced = std::make_shared<rpc::propagation::TracedCall>(
      deps_.spans, rpc::propagation::CallersTrace(call->client_metadata()), kSpanName);
  traced->span().Set("waybill.export.id", id);
  // gRPC made the buffer for this call and keeps it as long; the call may take what is in it, to hold it once only.
  absl::StatusOr<std::shared_ptr<Taken>> taken = Take(*call, const_cast<grpc::ByteBuffer&>(*bytes));
  if (!taken.ok()) {
    traced->End(taken.status());
    if (deps_.on_end != nullptr)
      deps_.on_end({.id = id, .type = "-", .names = "", .status = taken.status(), .took = {}});
    return new rpc::RefusedCall<grpc::ServerWriteReactor<grpc::ByteBuffer>>(*call, rpc::ToGrpc(taken.status()));
  }
  const auto work = [taken = *taken, traced, start, this](const oci::Context& context, oci::io::Writer& archive) {
    const oci::Context observed =
        traced->Begin(context).WithObserver(deps_.observer).WithUnpackLimits(deps_.unpack_limits);
    observed.Observe(oci::QueueWaited{.took = absl::Now() - start});
    taken->blobs.Use();
    absl::StatusOr<Report> report = RunExport(observed, taken->request, taken->exporting, archive, deps_.job);
    taken->blobs.Use();
    return report;
  };
  const auto on_end = [taken = *taken, traced, id, start, this](const absl::Status& status) {
    traced->End(status);
    if (deps_.on_end == nullptr) return;
    const v1::ExportRequest& request = taken->request;
    deps_.on_end(
        {.id = id, .type = request.type(), .names = NamesOf(request), .status = status, .took = absl::Now() - start});
  };
  Describe((*taken)->request, traced->span());
  if (const absl::Status checked = CheckExport((*taken)->request, deps_.job); !checked.ok()) {
    on_end(checked);
    return new rpc::RefusedCall<grpc::ServerWriteReactor<grpc::ByteBuffer>>(*call, rpc::ToGrpc(checked));
  }
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
