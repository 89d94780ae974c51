// SPDX-License-Identifier: Apache-2.0
// What one client may have of a service, and what is held in its store, through gRPC. The leases answer as containerd's
// own service does (plugins/services/leases, core/metadata/leases.go).
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "exporter/rpc/client.h"
#include "exporter/rpc/status.h"
#include "exporter/service/testing/export_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "proto/containerd/services/content/v1/content.grpc.pb.h"
#include "proto/containerd/services/leases/v1/leases.grpc.pb.h"

namespace waybill::exporter::service {
namespace {

namespace content_api = ::containerd::services::content::v1;
namespace leases_api = ::containerd::services::leases::v1;
using ::testing::ElementsAre;
using testing::ExportServiceTest;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class LimitsTest : public ExportServiceTest {
 protected:
  std::unique_ptr<content_api::Content::Stub> Content() {
    return content_api::Content::NewStub(rpc::Connect(service_.address()));
  }
  std::unique_ptr<leases_api::Leases::Stub> Leases() {
    return leases_api::Leases::NewStub(rpc::Connect(service_.address()));
  }

  // A whole blob in one request, under a lease when there is one.
  absl::Status Put(const std::string& data, const std::string& lease = "") {
    grpc::ClientContext context;
    if (!lease.empty()) context.AddMetadata("containerd-lease", lease);
    const auto stream = Content()->Write(&context);
    content_api::WriteContentRequest request;
    request.set_action(content_api::COMMIT);
    request.set_ref(absl::StrCat("put-", oci::Digest::Of(data).ToString()));
    request.set_expected(oci::Digest::Of(data).ToString());
    request.set_total(static_cast<int64_t>(data.size()));
    request.set_data(data);
    stream->Write(request);
    content_api::WriteContentResponse response;
    stream->Read(&response);
    stream->WritesDone();
    return rpc::FromGrpc(stream->Finish());
  }

  absl::Status Create(const std::string& id) {
    leases_api::CreateRequest request;
    request.set_id(id);
    leases_api::CreateResponse response;
    grpc::ClientContext context;
    return rpc::FromGrpc(Leases()->Create(&context, request, &response));
  }
  absl::StatusOr<std::vector<std::string>> Resources(const std::string& id) {
    leases_api::ListResourcesRequest request;
    request.set_id(id);
    leases_api::ListResourcesResponse response;
    grpc::ClientContext context;
    const absl::Status status = rpc::FromGrpc(Leases()->ListResources(&context, request, &response));
    if (!status.ok()) return status;
    std::vector<std::string> resources;
    for (const leases_api::Resource& resource : response.resources()) {
      resources.push_back(absl::StrCat(resource.type(), " ", resource.id()));
    }
    return resources;
  }
  std::vector<std::string> Ids(const std::string& filter) {
    leases_api::ListRequest request;
    if (!filter.empty()) request.add_filters(filter);
    leases_api::ListResponse response;
    grpc::ClientContext context;
    EXPECT_TRUE(Leases()->List(&context, request, &response).ok());
    std::vector<std::string> ids;
    for (const leases_api::Lease& lease : response.leases()) ids.push_back(lease.id());
    return ids;
  }

  static std::string ContentOf(const std::string& data) {
    return absl::StrCat("content ", oci::Digest::Of(data).ToString());
  }
};

TEST_F(LimitsTest, ExportsOfOneClient) {
  service_.Start({.client_exports = 1});
  ASSERT_TRUE(Upload().ok());
  grpc::ClientContext endless_context;
  const auto endless = ExportWithoutEnd(endless_context);
  grpc::ClientContext context;
  const auto refused = service_.stub().Export(&context, Request());
  v1::ExportEvent event;
  EXPECT_FALSE(refused->Read(&event));
  const absl::Status status = rpc::FromGrpc(refused->Finish());
  EXPECT_EQ(status, absl::ResourceExhaustedError(
                        "client 127.0.0.1 has 1 exports here, at most 1 (--client-exports): end some of them first"));
  endless_context.TryCancel();
  EXPECT_FALSE(endless->Finish().ok());
  // The place is free a moment after the client learns of the end.
  absl::Status next = absl::ResourceExhaustedError("");
  while (absl::IsResourceExhausted(next)) next = Keep(Request());
  EXPECT_TRUE(next.ok()) << next;
}

TEST_F(LimitsTest, CallsOfOneClient) {
  service_.Start({.client_calls = 2});
  const auto stub = Content();
  grpc::ClientContext contexts[2];
  std::vector<
      std::unique_ptr<grpc::ClientReaderWriter<content_api::WriteContentRequest, content_api::WriteContentResponse>>>
      calls;
  for (grpc::ClientContext& context : contexts) {
    calls.push_back(stub->Write(&context));
    content_api::WriteContentRequest request;
    request.set_action(content_api::WRITE);
    request.set_ref(absl::StrCat("upload ", calls.size()));
    content_api::WriteContentResponse response;
    ASSERT_TRUE(calls.back()->Write(request) && calls.back()->Read(&response));
  }
  EXPECT_EQ(Put("more").code(), absl::StatusCode::kResourceExhausted);
  content_api::InfoRequest request;
  request.set_digest(oci::Digest::Of("more").ToString());
  content_api::InfoResponse response;
  grpc::ClientContext context;
  const grpc::Status info = stub->Info(&context, request, &response);
  EXPECT_EQ(info.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(info.error_message(), HasSubstr("has 2 calls here, at most 2 (--client-calls)"));
  for (grpc::ClientContext& call : contexts) call.TryCancel();
  for (const auto& call : calls) call->Finish();
}

TEST_F(LimitsTest, AClientOfASocketIsAUser) {
  std::string directory = "/tmp/waybill-XXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  service_.Start({.socket = directory + "/s", .store = {.client_uploads = 1}});
  const auto stub = content_api::Content::NewStub(rpc::Connect(service_.server().addresses()[1]));
  std::vector<absl::Status> statuses;
  for (const char* const ref : {"first", "second"}) {
    grpc::ClientContext context;
    const auto call = stub->Write(&context);
    content_api::WriteContentRequest request;
    request.set_action(content_api::WRITE);
    request.set_ref(ref);
    content_api::WriteContentResponse response;
    call->Write(request);
    call->Read(&response);
    call->WritesDone();
    statuses.push_back(rpc::FromGrpc(call->Finish()));
  }
  EXPECT_TRUE(statuses[0].ok()) << statuses[0];
  EXPECT_THAT(std::string(statuses[1].message()),
              HasSubstr(absl::StrCat("client uid ", getuid(),
                                     " would have more than 1 unfinished uploads here "
                                     "(--client-uploads)")));
  service_.Start({});
  rmdir(directory.c_str());
}

TEST_F(LimitsTest, TheQuotaRefusesUploadsAndExports) {
  service_.Start({.store = {.quota = (3 << 20) + 100}});
  ASSERT_TRUE(Upload().ok());
  EXPECT_EQ(oci::ReasonOf(Keep(Request())), oci::Reason::kStorage);  // its documents are larger
  service_.Start({.store = {.quota = 4 << 20}});
  EXPECT_TRUE(Keep(Request()).ok());  // compressed, the layer is small
  const absl::Status upload = Put(std::string(2 << 20, 'x'));
  EXPECT_EQ(oci::ReasonOf(upload), oci::Reason::kStorage);
  EXPECT_THAT(std::string(upload.message()), StartsWith("the store has no room for 2097152 bytes: "));
  content_api::ListStatusesResponse uploads;
  grpc::ClientContext context;
  ASSERT_TRUE(Content()->ListStatuses(&context, {}, &uploads).ok());
  EXPECT_EQ(uploads.statuses_size(), 0);
}

TEST_F(LimitsTest, WhatIsWrittenUnderALeaseIsItsOwn) {
  ASSERT_TRUE(Put("before").ok());
  ASSERT_TRUE(Create("lease").ok());
  EXPECT_THAT(*Resources("lease"), IsEmpty());
  ASSERT_TRUE(Put("data", "lease").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Put("before", "lease")));
  EXPECT_THAT(*Resources("lease"), ::testing::UnorderedElementsAre(ContentOf("data"), ContentOf("before")));
  EXPECT_EQ(Put("more", "another"), oci::NotFoundError("lease another: not found"));
  service_.Start({});
  EXPECT_EQ(Resources("lease")->size(), 2u);
}

TEST_F(LimitsTest, AnExportLeavesItsImageToItsLease) {
  ASSERT_TRUE(Upload().ok());
  ASSERT_TRUE(Create("lease").ok());
  v1::ExportRequest request = Request();
  (*request.mutable_attributes())["tar"] = "false";
  grpc::ClientContext context;
  context.AddMetadata("containerd-lease", "lease");
  const auto stream = service_.stub().Export(&context, request);
  v1::ExportEvent event;
  while (stream->Read(&event)) {
  }
  ASSERT_TRUE(stream->Finish().ok());
  const std::vector<std::string> held = *Resources("lease");
  EXPECT_THAT(held, ::testing::Contains("content " + event.report().root().digest()));
  EXPECT_GE(held.size(), 3u);  // a manifest, a config, a layer
}

TEST_F(LimitsTest, LeasesAnswerAsContainerds) {
  ASSERT_TRUE(Create("").ok());
  const std::vector<std::string> made_up = Ids("");
  ASSERT_EQ(made_up.size(), 1u);
  EXPECT_THAT(made_up[0], StartsWith("waybill-"));
  ASSERT_TRUE(Create("mine").ok());
  EXPECT_EQ(Create("mine").code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(Ids("id==mine"), ElementsAre("mine"));

  leases_api::AddResourceRequest add;
  add.set_id("mine");
  add.mutable_resource()->set_type("ingests");
  add.mutable_resource()->set_id("upload");
  google::protobuf::Empty nothing;
  grpc::ClientContext add_context, wrong_context, remove_context, delete_context, gone_context;
  EXPECT_TRUE(Leases()->AddResource(&add_context, add, &nothing).ok());
  EXPECT_THAT(*Resources("mine"), ElementsAre("ingests upload"));
  add.mutable_resource()->set_type("snapshots/overlayfs");
  EXPECT_EQ(Leases()->AddResource(&wrong_context, add, &nothing).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  leases_api::DeleteResourceRequest remove;
  remove.set_id("mine");
  remove.mutable_resource()->set_type("ingests");
  remove.mutable_resource()->set_id("upload");
  EXPECT_TRUE(Leases()->DeleteResource(&remove_context, remove, &nothing).ok());
  EXPECT_THAT(*Resources("mine"), IsEmpty());

  leases_api::DeleteRequest gone;
  gone.set_id("mine");
  EXPECT_TRUE(Leases()->Delete(&delete_context, gone, &nothing).ok());
  EXPECT_EQ(Leases()->Delete(&gone_context, gone, &nothing).error_code(), grpc::StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace waybill::exporter::service
