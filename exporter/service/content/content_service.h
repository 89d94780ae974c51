// SPDX-License-Identifier: Apache-2.0
// containerd.services.content.v1.Content over a directory of blobs, as containerd itself answers.
#ifndef WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_SERVICE_H_
#define WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_SERVICE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "exporter/attestations/listed_blobs.h"
#include "exporter/rpc/admission/client_memory.h"
#include "exporter/rpc/call.h"
#include "exporter/service/store/service_store.h"
#include "oci/content/union_fetcher.h"
#include "proto/containerd/services/content/v1/content.grpc.pb.h"

namespace waybill::exporter::service::content {

namespace content_api = ::containerd::services::content::v1;

// The generated service with raw messages for Write (content_write.h).
using ContentApi = content_api::Content;
using ContentCalls = ContentApi::WithCallbackMethod_Info<ContentApi::WithCallbackMethod_Update<
    ContentApi::WithCallbackMethod_List<ContentApi::WithCallbackMethod_Delete<ContentApi::WithCallbackMethod_Read<
        ContentApi::WithCallbackMethod_Status<ContentApi::WithCallbackMethod_ListStatuses<
            ContentApi::WithRawCallbackMethod_Write<ContentApi::WithCallbackMethod_Abort<ContentApi::Service>>>>>>>>>;

// Thread-safe. Blobs appear durable and verified. Info and Read also know the blobs of attestations that were listed
// lately; these are not in the store, so that List, Update and Delete do not. Unlike containerd, List and ListStatuses
// refuse regular expressions in filters (UNIMPLEMENTED).
class ContentService final : public ContentCalls {
 public:
  struct Listed {
    attestations::ListedBlobs& blobs;
    rpc::Workplace workplace;  // for reads that may wait for a registry, so that the store's do not wait for them
  };
  struct Deps {
    store::ServiceStore& store;
    rpc::Workplace workplace;
    rpc::admission::ClientMemory& memory;
    std::optional<Listed> listed;  // unset: attestations are not served
  };
  explicit ContentService(const Deps& deps) : deps_(deps), readable_(ReadableOf(deps)) {}

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
  static std::vector<oci::content::Fetcher*> ReadableOf(const Deps& deps);
  // Of a blob that was listed.
  std::optional<int64_t> ListedSize(const std::string& digest) const;

  const Deps deps_;
  oci::content::UnionFetcher readable_;  // the store, then what was listed
};

}  // namespace waybill::exporter::service::content

#endif  // WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_SERVICE_H_
