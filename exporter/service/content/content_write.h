// SPDX-License-Identifier: Apache-2.0
// One call of Content.Write.
#ifndef WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_WRITE_H_
#define WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_WRITE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "exporter/rpc/admission/client_memory.h"
#include "exporter/rpc/admission/client_places.h"
#include "exporter/rpc/admission/gate.h"
#include "exporter/rpc/call.h"
#include "exporter/rpc/server_call.h"
#include "exporter/service/store/service_store.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "oci/content/store/ingest.h"
#include "oci/digest.h"
#include "proto/containerd/services/content/v1/content.pb.h"

namespace waybill::exporter::service::content {

// Owns itself. Strictly one request, then its response: one read or write is in flight, and a thread is held only
// while a request is carried out. Messages are raw, so that a request is counted and bounded before it takes memory of
// ours; of a silent client nothing is held. A drain does not wait for one that waits for its client: the upload can go
// on later.
class WriteCall final : public rpc::ServerCall<grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>> {
 public:
  WriteCall(grpc::CallbackServerContext& call, store::ServiceStore& store, const rpc::Workplace& workplace,
            rpc::admission::ClientMemory& memory);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;

 private:
  // Has the request carried out. UNAVAILABLE when its client holds too much already.
  absl::Status Accept();
  void Answer();
  absl::Status Apply();
  // The first request takes hold of the ingest.
  absl::Status Begin();
  // The lease gets the blob.
  absl::Status Hold(const oci::Digest& digest);
  absl::Status Learn();
  absl::Status Write();
  absl::Status Commit();
  // Lets go of the upload, which can go on in another call.
  void Close(const absl::Status& status);

  store::ServiceStore& store_;
  rpc::admission::ClientMemory& memory_;
  const rpc::Workplace workplace_;
  const std::string client_;
  const std::string lease_;  // "" for none
  rpc::admission::ClientPlaces::Place place_;
  rpc::admission::Gate::Pass pass_;          // null while the client is waited for
  rpc::admission::ClientMemory::Hold hold_;  // for the request
  grpc::ByteBuffer message_;                 // to be read, then the answer
  ::containerd::services::content::v1::WriteContentRequest request_;
  ::containerd::services::content::v1::WriteContentResponse response_;
  std::string ref_;  // empty before the first request
  oci::content::Expected expected_;
  std::unique_ptr<oci::content::store::Ingest> ingest_;  // null once committed
};

}  // namespace waybill::exporter::service::content

#endif  // WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_WRITE_H_
