// SPDX-License-Identifier: Apache-2.0
// One call of ImageAttestations.Read.
#ifndef WAYBILL_EXPORTER_SERVICE_IMAGE_ATTESTATIONS_READ_CALL_H_
#define WAYBILL_EXPORTER_SERVICE_IMAGE_ATTESTATIONS_READ_CALL_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "exporter/attestations/listing.h"
#include "exporter/rpc/admission/client_memory.h"
#include "exporter/rpc/admission/client_places.h"
#include "exporter/rpc/admission/gate.h"
#include "exporter/rpc/call.h"
#include "exporter/rpc/server_call.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "oci/context.h"
#include "oci/io/stream.h"
#include "proto/waybill/v1/attestations.pb.h"

namespace waybill::exporter::service::image_attestations {

// Owns itself. A worker reads, and waits while the client is slow; one that takes nothing for too long loses the call.
class ReadCall final : public rpc::ServerCall<grpc::ServerWriteReactor<v1::ReadImageAttestationResponse>>,
                       private oci::io::Writer {
 public:
  ReadCall(grpc::CallbackServerContext& call, const v1::ReadImageAttestationRequest& request,
           const exporter::attestations::Lister& lister, const rpc::Workplace& workplace,
           rpc::admission::ClientMemory& memory);

  void OnWriteDone(bool ok) override;

 private:
  absl::Status Begin(const rpc::Workplace& workplace);
  void Run();
  absl::Status Send(const oci::Context& context);
  absl::Status Write(absl::string_view bytes) override;
  absl::Status Close() override;
  // Gives the message to gRPC and waits until it is sent.
  absl::Status Flush();
  bool IsSent() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !is_sending_; }

  grpc::CallbackServerContext& call_;
  const v1::ReadImageAttestationRequest& request_;
  const exporter::attestations::Lister& lister_;
  const std::string client_;
  rpc::admission::ClientMemory& memory_;
  rpc::admission::ClientPlaces::Place place_;
  rpc::admission::Gate::Pass pass_;
  rpc::admission::ClientMemory::Hold hold_;    // for the message
  v1::ReadImageAttestationResponse response_;  // gRPC's while is_sending_
  int64_t skip_ = 0;
  int64_t left_ = 0;
  bool has_enough_ = false;

  absl::Mutex mutex_;
  bool is_sending_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_gone_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace waybill::exporter::service::image_attestations

#endif  // WAYBILL_EXPORTER_SERVICE_IMAGE_ATTESTATIONS_READ_CALL_H_
