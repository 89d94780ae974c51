// SPDX-License-Identifier: Apache-2.0
// One call of Content.List.
#ifndef WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_LIST_H_
#define WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_LIST_H_

#include <stop_token>
#include <vector>

#include "absl/status/status.h"
#include "exporter/rpc/call.h"
#include "exporter/rpc/gate.h"
#include "exporter/service/content/blob_catalog.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "oci/context.h"
#include "proto/containerd/services/content/v1/content.pb.h"

namespace waybill::exporter::service::content {

// Owns itself. The catalogue is read at once; the messages then go out one after another.
class ListCall final : public grpc::ServerWriteReactor<::containerd::services::content::v1::ListContentResponse> {
 public:
  ListCall(grpc::CallbackServerContext& call, const ::containerd::services::content::v1::ListContentRequest& request,
           const BlobCatalog& catalog, const rpc::Workplace& workplace);

  void OnWriteDone(bool ok) override;
  void OnCancel() override { stop_.request_stop(); }
  void OnDone() override { delete this; }

 private:
  absl::Status Begin(const rpc::Workplace& workplace);
  absl::Status Collect();
  void SendNext();

  const ::containerd::services::content::v1::ListContentRequest& request_;
  const BlobCatalog& catalog_;
  rpc::Gate::Pass pass_;
  std::stop_source stop_;
  const oci::Context context_;
  std::vector<::containerd::services::content::v1::ListContentResponse> messages_;
  size_t sent_ = 0;
};

}  // namespace waybill::exporter::service::content

#endif  // WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_LIST_H_
