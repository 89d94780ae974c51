// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/content/content_service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "exporter/rpc/call.h"
#include "exporter/service/content/content_list.h"
#include "exporter/service/content/content_messages.h"
#include "exporter/service/content/content_read.h"
#include "exporter/service/content/content_write.h"
#include "exporter/service/content/filter.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service::content {
namespace {

namespace api = content_api;

// Applies the request's labels to those that the blob has, as its mask says.
absl::Status CheckMask(const api::UpdateRequest& request) {
  for (const std::string& path : request.update_mask().paths()) {
    if (path == "labels" || absl::StartsWith(path, "labels.")) continue;
    return oci::InvalidInputError(
        absl::StrCat("cannot update \"", path, "\" field on content info \"", request.info().digest(), "\""));
  }
  return absl::OkStatus();
}

void ApplyLabels(const api::UpdateRequest& request, store::Labels& labels) {
  const auto& given = request.info().labels();
  if (request.update_mask().paths().empty()) labels = store::Labels(given.begin(), given.end());
  for (const std::string& path : request.update_mask().paths()) {
    absl::string_view key = path;
    if (!absl::ConsumePrefix(&key, "labels.")) {
      labels = store::Labels(given.begin(), given.end());
    } else if (const auto label = given.find(std::string(key)); label != given.end()) {
      labels[label->first] = label->second;
    } else {
      labels.erase(std::string(key));
    }
  }
}

}  // namespace

std::vector<oci::content::Fetcher*> ContentService::ReadableOf(const Deps& deps) {
  std::vector<oci::content::Fetcher*> fetchers = {&deps.store.used_blobs};
  if (deps.listed.has_value()) fetchers.push_back(&deps.listed->blobs);
  return fetchers;
}

std::optional<int64_t> ContentService::ListedSize(const std::string& digest) const {
  const absl::StatusOr<oci::Digest> parsed = oci::Digest::Parse(digest);
  if (!deps_.listed.has_value() || !parsed.ok()) return std::nullopt;
  return deps_.listed->blobs.SizeOf(*parsed);
}

grpc::ServerUnaryReactor* ContentService::Info(grpc::CallbackServerContext* call, const api::InfoRequest* request,
                                               api::InfoResponse* response) {
  return rpc::RunUnary(*call, deps_.workplace, [=, this](const oci::Context&) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const oci::Digest digest, oci::Digest::Parse(request->digest()));
    deps_.store.keeper.Use(digest);  // whoever asks relies on the answer
    absl::StatusOr<store::BlobInfo> info = deps_.store.catalog.Info(digest);
    if (absl::IsNotFound(info.status())) {
      // Nobody knows its times, and it has no labels.
      if (const auto size = ListedSize(request->digest())) info = store::BlobInfo{.digest = digest, .size = *size};
    }
    ABSL_RETURN_IF_ERROR(info.status());
    *response->mutable_info() = ToProto(*info);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ContentService::Update(grpc::CallbackServerContext* call, const api::UpdateRequest* request,
                                                 api::UpdateResponse* response) {
  return rpc::RunUnary(*call, deps_.workplace, [=, this](const oci::Context&) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const oci::Digest digest, oci::Digest::Parse(request->info().digest()));
    ABSL_RETURN_IF_ERROR(CheckMask(*request));
    ABSL_RETURN_IF_ERROR(CheckLabels(request->info().labels()));
    deps_.store.keeper.Use(digest);
    ABSL_ASSIGN_OR_RETURN(
        const store::BlobInfo info,
        deps_.store.catalog.UpdateLabels(digest, [&](store::Labels& labels) { ApplyLabels(*request, labels); }));
    *response->mutable_info() = ToProto(info);
    return absl::OkStatus();
  });
}

grpc::ServerWriteReactor<api::ListContentResponse>* ContentService::List(grpc::CallbackServerContext* call,
                                                                         const api::ListContentRequest* request) {
  return new ListCall(*call, *request, deps_.store.catalog, deps_.workplace, deps_.memory);
}

grpc::ServerUnaryReactor* ContentService::Delete(grpc::CallbackServerContext* call,
                                                 const api::DeleteContentRequest* request, google::protobuf::Empty*) {
  return rpc::RunUnary(*call, deps_.workplace, [=, this](const oci::Context&) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const oci::Digest digest, oci::Digest::Parse(request->digest()));
    return deps_.store.keeper.Delete(digest);
  });
}

grpc::ServerWriteReactor<api::ReadContentResponse>* ContentService::Read(grpc::CallbackServerContext* call,
                                                                         const api::ReadContentRequest* request) {
  if (ListedSize(request->digest()).has_value()) {
    return new ReadCall(*call, *request, readable_, deps_.listed->workplace, deps_.memory);
  }
  return new ReadCall(*call, *request, deps_.store.used_blobs, deps_.workplace, deps_.memory);
}

grpc::ServerUnaryReactor* ContentService::Status(grpc::CallbackServerContext* call, const api::StatusRequest* request,
                                                 api::StatusResponse* response) {
  return rpc::RunUnary(*call, deps_.workplace, [=, this](const oci::Context&) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const oci::content::store::IngestStatus status, deps_.store.ingests.Status(request->ref()));
    *response->mutable_status() = ToProto(status);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ContentService::ListStatuses(grpc::CallbackServerContext* call,
                                                       const api::ListStatusesRequest* request,
                                                       api::ListStatusesResponse* response) {
  return rpc::RunUnary(*call, deps_.workplace, [=, this](const oci::Context&) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const AnyFilter filter, AnyFilter::Parse(request->filters()));
    ABSL_ASSIGN_OR_RETURN(const std::vector<oci::content::store::IngestStatus> statuses, deps_.store.ingests.List());
    for (const oci::content::store::IngestStatus& status : statuses) {
      if (filter.Matches(FieldsOf(status))) *response->add_statuses() = ToProto(status);
    }
    return absl::OkStatus();
  });
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* ContentService::Write(grpc::CallbackServerContext* call) {
  return new WriteCall(*call, deps_.store, deps_.workplace, deps_.memory);
}

grpc::ServerUnaryReactor* ContentService::Abort(grpc::CallbackServerContext* call, const api::AbortRequest* request,
                                                google::protobuf::Empty*) {
  return rpc::RunUnary(*call, deps_.workplace,
                       [=, this](const oci::Context&) { return deps_.store.ingests.Abort(request->ref()); });
}

}  // namespace waybill::exporter::service::content
