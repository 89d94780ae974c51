// SPDX-License-Identifier: Apache-2.0
// One call of Content.Write.
#ifndef WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_WRITE_H_
#define WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_WRITE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "absl/status/status.h"
#include "exporter/rpc/call.h"
#include "exporter/rpc/gate.h"
#include "exporter/service/content/blob_catalog.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "oci/content/ingest.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "proto/containerd/services/content/v1/content.pb.h"

namespace waybill::exporter::service::content {

// Owns itself. Strictly one request, then its response: one read or write is in flight, and a thread is held only
// while a request is carried out. A drain does not wait for one that waits for its client: the upload can go on later.
class WriteCall final : public grpc::ServerBidiReactor<::containerd::services::content::v1::WriteContentRequest,
                                                       ::containerd::services::content::v1::WriteContentResponse> {
 public:
  WriteCall(grpc::CallbackServerContext& call, oci::content::IngestStore& ingests, BlobCatalog& catalog,
            const rpc::Workplace& workplace);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override { stop_.request_stop(); }
  void OnDone() override { delete this; }

 private:
  // Has the request carried out.
  absl::Status Accept();
  void Answer();
  absl::Status Apply();
  // The first request takes hold of the ingest.
  absl::Status Begin();
  absl::Status Learn();
  absl::Status Write();
  absl::Status Commit();
  void End(const absl::Status& status);

  oci::content::IngestStore& ingests_;
  BlobCatalog& catalog_;
  const rpc::Workplace workplace_;
  rpc::Gate::Pass pass_;  // null while the client is waited for
  std::stop_source stop_;
  const oci::Context context_;
  ::containerd::services::content::v1::WriteContentRequest request_;
  ::containerd::services::content::v1::WriteContentResponse response_;
  std::string ref_;  // empty before the first request
  oci::content::Expected expected_;
  std::unique_ptr<oci::content::Ingest> ingest_;  // null once committed
};

}  // namespace waybill::exporter::service::content

#endif  // WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_WRITE_H_
