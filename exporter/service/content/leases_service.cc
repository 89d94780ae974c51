// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/content/leases_service.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "exporter/service/content/content_messages.h"
#include "exporter/service/content/filter.h"
#include "exporter/service/store/leases.h"
#include "oci/digest.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service::content {
namespace {

namespace api = leases_api;

std::string NewId() {
  absl::BitGen random;
  return absl::StrCat("waybill-", absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16));
}

api::Lease ToProto(const store::Lease& lease) {
  api::Lease message;
  message.set_id(lease.id);
  *message.mutable_created_at() = content::ToProto(lease.created_at);
  message.mutable_labels()->insert(lease.labels.begin(), lease.labels.end());
  return message;
}

FieldLookup FieldsOf(const store::Lease& lease) {
  return [&lease](const std::vector<std::string>& path) -> std::optional<std::string> {
    if (path.size() == 1 && path[0] == "id") return lease.id;
    return LabelAt(lease.labels, path);
  };
}

store::LeasedResource FromProto(const api::Resource& resource) {
  return {.type = resource.type(), .id = resource.id()};
}

}  // namespace

grpc::ServerUnaryReactor* LeasesService::Create(grpc::CallbackServerContext* call, const api::CreateRequest* request,
                                                api::CreateResponse* response) {
  const std::string client = deps_.workplace.ClientOf(*call);
  return rpc::RunUnary(*call, deps_.workplace, [=, this](const oci::Context&) -> absl::Status {
    ABSL_RETURN_IF_ERROR(CheckLabels(request->labels()));
    const std::string id = request->id().empty() ? NewId() : request->id();
    ABSL_ASSIGN_OR_RETURN(const store::Lease lease,
                          deps_.store.leases.Create(id, client, {request->labels().begin(), request->labels().end()}));
    *response->mutable_lease() = ToProto(lease);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* LeasesService::Delete(grpc::CallbackServerContext* call, const api::DeleteRequest* request,
                                                google::protobuf::Empty*) {
  return rpc::RunUnary(*call, deps_.workplace,
                       [=, this](const oci::Context&) { return deps_.store.leases.Delete(request->id()); });
}

grpc::ServerUnaryReactor* LeasesService::List(grpc::CallbackServerContext* call, const api::ListRequest* request,
                                              api::ListResponse* response) {
  return rpc::RunUnary(*call, deps_.workplace, [=, this](const oci::Context&) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const AnyFilter filter, AnyFilter::Parse(request->filters()));
    for (const store::Lease& lease : deps_.store.leases.List()) {
      if (filter.Matches(FieldsOf(lease))) *response->add_leases() = ToProto(lease);
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* LeasesService::AddResource(grpc::CallbackServerContext* call,
                                                     const api::AddResourceRequest* request, google::protobuf::Empty*) {
  return rpc::RunUnary(*call, deps_.workplace, [=, this](const oci::Context&) {
    const absl::StatusOr<oci::Digest> digest = oci::Digest::Parse(request->resource().id());
    // What was chosen to go before the lease holds it stays all the same.
    if (digest.ok()) deps_.store.keeper.Use(*digest);
    return deps_.store.leases.Add(request->id(), FromProto(request->resource()));
  });
}

grpc::ServerUnaryReactor* LeasesService::DeleteResource(grpc::CallbackServerContext* call,
                                                        const api::DeleteResourceRequest* request,
                                                        google::protobuf::Empty*) {
  return rpc::RunUnary(*call, deps_.workplace, [=, this](const oci::Context&) {
    return deps_.store.leases.Remove(request->id(), FromProto(request->resource()));
  });
}

grpc::ServerUnaryReactor* LeasesService::ListResources(grpc::CallbackServerContext* call,
                                                       const api::ListResourcesRequest* request,
                                                       api::ListResourcesResponse* response) {
  return rpc::RunUnary(*call, deps_.workplace, [=, this](const oci::Context&) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::vector<store::LeasedResource> resources,
                          deps_.store.leases.Resources(request->id()));
    for (const store::LeasedResource& resource : resources) {
      api::Resource& message = *response->add_resources();
      message.set_id(resource.id);
      message.set_type(resource.type);
    }
    return absl::OkStatus();
  });
}

}  // namespace waybill::exporter::service::content
