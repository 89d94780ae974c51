// SPDX-License-Identifier: Apache-2.0
// waybill.v1.ImageAttestations: the statements about images that the operator allows to be named.
#ifndef WAYBILL_EXPORTER_SERVICE_IMAGE_ATTESTATIONS_ATTESTATIONS_SERVICE_H_
#define WAYBILL_EXPORTER_SERVICE_IMAGE_ATTESTATIONS_ATTESTATIONS_SERVICE_H_

#include "exporter/attestations/listing.h"
#include "exporter/rpc/admission/client_memory.h"
#include "exporter/rpc/call.h"
#include "proto/waybill/v1/attestations.grpc.pb.h"

namespace waybill::exporter::service::image_attestations {

// Thread-safe.
class AttestationsService final : public v1::ImageAttestations::CallbackService {
 public:
  struct Deps {
    const exporter::attestations::Lister& lister;
    rpc::Workplace workplace;
    rpc::admission::ClientMemory& memory;
  };
  explicit AttestationsService(const Deps& deps) : deps_(deps) {}

  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* call, const v1::ListImageAttestationsRequest* request,
                                 v1::ListImageAttestationsResponse* response) override;
  grpc::ServerWriteReactor<v1::ReadImageAttestationResponse>* Read(
      grpc::CallbackServerContext* call, const v1::ReadImageAttestationRequest* request) override;

 private:
  const Deps deps_;
};

}  // namespace waybill::exporter::service::image_attestations

#endif  // WAYBILL_EXPORTER_SERVICE_IMAGE_ATTESTATIONS_ATTESTATIONS_SERVICE_H_
