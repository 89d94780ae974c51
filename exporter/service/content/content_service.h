// SPDX-License-Identifier: Apache-2.0
// containerd.services.content.v1.Content over a directory of blobs, as containerd itself answers.
#ifndef WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_SERVICE_H_
#define WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_SERVICE_H_

#include "exporter/rpc/call.h"
#include "exporter/rpc/client_memory.h"
#include "exporter/service/content/blob_catalog.h"
#include "oci/content/store/file_store.h"
#include "oci/content/store/ingest.h"
#include "proto/containerd/services/content/v1/content.grpc.pb.h"

namespace waybill::exporter::service::content {

namespace content_api = ::containerd::services::content::v1;

// The generated service with raw messages for Write (content_write.h).
using ContentApi = content_api::Content;
using ContentCalls = ContentApi::WithCallbackMethod_Info<ContentApi::WithCallbackMethod_Update<
    ContentApi::WithCallbackMethod_List<ContentApi::WithCallbackMethod_Delete<ContentApi::WithCallbackMethod_Read<
        ContentApi::WithCallbackMethod_Status<ContentApi::WithCallbackMethod_ListStatuses<
            ContentApi::WithRawCallbackMethod_Write<ContentApi::WithCallbackMethod_Abort<ContentApi::Service>>>>>>>>>;

// Thread-safe. Blobs appear durable and verified. Unlike containerd, List and ListStatuses refuse regular expressions
// in filters (UNIMPLEMENTED).
class ContentService final : public ContentCalls {
 public:
  struct Deps {
    oci::content::store::FileStore& blobs;
    oci::content::store::IngestStore& ingests;
    BlobCatalog& catalog;
    rpc::Workplace workplace;
    rpc::ClientMemory& memory;
  };
  explicit ContentService(const Deps& deps) : deps_(deps) {}

  grpc::ServerUnaryReactor* Info(grpc::CallbackServerContext* call, const content_api::InfoRequest* request,
                                 content_api::InfoResponse* response) override;
  grpc::ServerUnaryReactor* Update(grpc::CallbackServerContext* call, const content_api::UpdateRequest* request,
                                   content_api::UpdateResponse* response) override;
  grpc::ServerWriteReactor<content_api::ListContentResponse>* List(
      grpc::CallbackServerContext* call, const content_api::ListContentRequest* request) override;
  grpc::ServerUnaryReactor* Delete(grpc::CallbackServerContext* call, const content_api::DeleteContentRequest* request,
                                   google::protobuf::Empty* response) override;
  grpc::ServerWriteReactor<content_api::ReadContentResponse>* Read(
      grpc::CallbackServerContext* call, const content_api::ReadContentRequest* request) override;
  grpc::ServerUnaryReactor* Status(grpc::CallbackServerContext* call, const content_api::StatusRequest* request,
                                   content_api::StatusResponse* response) override;
  grpc::ServerUnaryReactor* ListStatuses(grpc::CallbackServerContext* call,
                                         const content_api::ListStatusesRequest* request,
                                         content_api::ListStatusesResponse* response) override;
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Write(grpc::CallbackServerContext* call) override;
  grpc::ServerUnaryReactor* Abort(grpc::CallbackServerContext* call, const content_api::AbortRequest* request,
                                  google::protobuf::Empty* response) override;

 private:
  const Deps deps_;
};

}  // namespace waybill::exporter::service::content

#endif  // WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_SERVICE_H_
