// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/image_attestations/attestations_service.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "exporter/attestations/query.h"
#include "exporter/service/image_attestations/list_messages.h"
#include "exporter/service/image_attestations/read_call.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service::image_attestations {
namespace {

constexpr absl::Duration kMostTime = absl::Minutes(10);

absl::Status List(const oci::Context& context, const exporter::attestations::Lister& lister,
                  const v1::ListImageAttestationsRequest& request, v1::ListImageAttestationsResponse& response) {
  ABSL_ASSIGN_OR_RETURN(const exporter::attestations::Query query,
                        exporter::attestations::ReadQuery({request.platforms().begin(), request.platforms().end()},
                                                          {request.types().begin(), request.types().end()}));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<exporter::attestations::Listing> listing,
                        lister.List(context, request.image(), query));
  return listing->Told(Fill(context, *listing, request, response));
}

}  // namespace

grpc::ServerUnaryReactor* AttestationsService::List(grpc::CallbackServerContext* call,
                                                    const v1::ListImageAttestationsRequest* request,
                                                    v1::ListImageAttestationsResponse* response) {
  // What a listing takes is bounded by Lister::kLimits, and their number by the queue.
  return rpc::RunUnary(*call, deps_.workplace, [=, this](const oci::Context& context) {
    return image_attestations::List(context.WithTimeout(kMostTime), deps_.lister, *request, *response);
  });
}

grpc::ServerWriteReactor<v1::ReadImageAttestationResponse>* AttestationsService::Read(
    grpc::CallbackServerContext* call, const v1::ReadImageAttestationRequest* request) {
  return new ReadCall(*call, *request, deps_.lister, deps_.workplace, deps_.memory);
}

}  // namespace waybill::exporter::service::image_attestations
