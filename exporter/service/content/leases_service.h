// SPDX-License-Identifier: Apache-2.0
// containerd.services.leases.v1.Leases over the service's leases, as containerd itself answers.
#ifndef WAYBILL_EXPORTER_SERVICE_CONTENT_LEASES_SERVICE_H_
#define WAYBILL_EXPORTER_SERVICE_CONTENT_LEASES_SERVICE_H_

#include "exporter/rpc/call.h"
#include "exporter/service/store/service_store.h"
#include "proto/containerd/services/leases/v1/leases.grpc.pb.h"

namespace waybill::exporter::service::content {

namespace leases_api = ::containerd::services::leases::v1;

using LeasesCalls = leases_api::Leases::CallbackService;

// Thread-safe. Leases hold blobs and uploads alone. Delete has nothing to wait for (`sync`): what nobody holds any more
// goes when there has to be room.
class LeasesService final : public LeasesCalls {
 public:
  struct Deps {
    store::ServiceStore& store;
    rpc::Workplace workplace;
  };
  explicit LeasesService(const Deps& deps) : deps_(deps) {}

  grpc::ServerUnaryReactor* Create(grpc::CallbackServerContext* call, const leases_api::CreateRequest* request,
                                   leases_api::CreateResponse* response) override;
  grpc::ServerUnaryReactor* Delete(grpc::CallbackServerContext* call, const leases_api::DeleteRequest* request,
                                   google::protobuf::Empty* response) override;
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* call, const leases_api::ListRequest* request,
                                 leases_api::ListResponse* response) override;
  grpc::ServerUnaryReactor* AddResource(grpc::CallbackServerContext* call,
                                        const leases_api::AddResourceRequest* request,
                                        google::protobuf::Empty* response) override;
  grpc::ServerUnaryReactor* DeleteResource(grpc::CallbackServerContext* call,
                                           const leases_api::DeleteResourceRequest* request,
                                           google::protobuf::Empty* response) override;
  grpc::ServerUnaryReactor* ListResources(grpc::CallbackServerContext* call,
                                          const leases_api::ListResourcesRequest* request,
                                          leases_api::ListResourcesResponse* response) override;

 private:
  const Deps deps_;
};

}  // namespace waybill::exporter::service::content

#endif  // WAYBILL_EXPORTER_SERVICE_CONTENT_LEASES_SERVICE_H_
