// SPDX-License-Identifier: Apache-2.0
// One call of Content.Read.
#ifndef WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_READ_H_
#define WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_READ_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "exporter/rpc/admission/client_memory.h"
#include "exporter/rpc/admission/client_places.h"
#include "exporter/rpc/admission/gate.h"
#include "exporter/rpc/call.h"
#include "exporter/rpc/server_call.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "oci/content/content.h"
#include "oci/io/stream.h"
#include "proto/containerd/services/content/v1/content.pb.h"

namespace waybill::exporter::service::content {

// Owns itself. Holds a thread only while it reads a message's worth, never while the client is slow.
class ReadCall final
    : public rpc::ServerCall<grpc::ServerWriteReactor<::containerd::services::content::v1::ReadContentResponse>> {
 public:
  ReadCall(grpc::CallbackServerContext& call, const ::containerd::services::content::v1::ReadContentRequest& request,
           oci::content::Fetcher& blobs, const rpc::Workplace& workplace, rpc::admission::ClientMemory& memory);

  void OnWriteDone(bool ok) override;

 private:
  absl::Status Begin(const rpc::Workplace& workplace);
  absl::Status Open();
  // Sends the next message, or finishes.
  void Step();
  absl::Status Fill();
  // How many bytes the next message has: fewer when the client holds much already.
  absl::StatusOr<int64_t> Reserve();

  const ::containerd::services::content::v1::ReadContentRequest& request_;
  oci::content::Fetcher& blobs_;
  const std::string client_;
  rpc::admission::ClientMemory& memory_;
  oci::work::Queue& queue_;
  rpc::admission::ClientPlaces::Place place_;
  rpc::admission::Gate::Pass pass_;
  std::unique_ptr<oci::io::Source> source_;
  std::unique_ptr<oci::io::Reader> reader_;
  rpc::admission::ClientMemory::Hold hold_;  // for the response
  ::containerd::services::content::v1::ReadContentResponse response_;
  int64_t offset_ = 0;
  int64_t end_ = 0;
};

}  // namespace waybill::exporter::service::content

#endif  // WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_READ_H_
