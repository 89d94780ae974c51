// SPDX-License-Identifier: Apache-2.0
// One call of Content.List.
#ifndef WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_LIST_H_
#define WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_LIST_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "exporter/rpc/admission/client_memory.h"
#include "exporter/rpc/admission/client_places.h"
#include "exporter/rpc/admission/gate.h"
#include "exporter/rpc/call.h"
#include "exporter/rpc/server_call.h"
#include "exporter/service/store/blob_catalog.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "proto/containerd/services/content/v1/content.pb.h"

namespace waybill::exporter::service::content {

// Owns itself. The catalogue is read at once; the messages then go out one after another, and
// are held for the client until then.
class ListCall final
    : public rpc::ServerCall<grpc::ServerWriteReactor<::containerd::services::content::v1::ListContentResponse>> {
 public:
  ListCall(grpc::CallbackServerContext& call, const ::containerd::services::content::v1::ListContentRequest& request,
           const store::BlobCatalog& catalog, const rpc::Workplace& workplace, rpc::admission::ClientMemory& memory);

  void OnWriteDone(bool ok) override;

 private:
  absl::Status Begin(const rpc::Workplace& workplace);
  absl::Status Collect();
  // The last message is whole.
  absl::Status CountLast();
  void SendNext();

  const ::containerd::services::content::v1::ListContentRequest& request_;
  const store::BlobCatalog& catalog_;
  const std::string client_;
  rpc::admission::ClientMemory& memory_;
  rpc::admission::ClientPlaces::Place place_;
  rpc::admission::Gate::Pass pass_;
  std::vector<rpc::admission::ClientMemory::Hold> holds_;  // for each message
  std::vector<::containerd::services::content::v1::ListContentResponse> messages_;
  size_t sent_ = 0;
};

}  // namespace waybill::exporter::service::content

#endif  // WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_LIST_H_
