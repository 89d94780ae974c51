// SPDX-License-Identifier: Apache-2.0
// A service under test with a result of one layer to export.
#ifndef WAYBILL_EXPORTER_SERVICE_TESTING_EXPORT_FIXTURE_H_
#define WAYBILL_EXPORTER_SERVICE_TESTING_EXPORT_FIXTURE_H_

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "exporter/rpc/client.h"
#include "exporter/rpc/status.h"
#include "exporter/service/messages/result_codec.h"
#include "exporter/service/testing/local_service.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "oci/content/content.h"
#include "oci/content/copy_graph.h"
#include "oci/content/store/memory_store.h"
#include "oci/image/media_types.h"
#include "proto/containerd/services/content/v1/content.grpc.pb.h"
#include "proto/waybill/v1/exporter.grpc.pb.h"

namespace waybill::exporter::service::testing {

inline constexpr char kConfig[] = R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}})";

class ExportServiceTest : public ::testing::Test {
 protected:
  ExportServiceTest()
      : root_(absl::StrCat(::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name())),
        service_(root_) {
    service_.Start({});
    layer_ = std::string(3 << 20, 'l');
    const oci::Digest digest = blobs_.Add(layer_);
    request::Ref& ref = result_.refs[""];
    ref.layers.push_back({.blob = {.media_type = std::string(oci::image::kOciLayer),
                                   .digest = digest,
                                   .size = static_cast<int64_t>(layer_.size())},
                          .diff_id = digest});
    result_.metadata["containerimage.config"] = kConfig;
  }

  absl::Status Upload() { return service_.remote().Upload(oci::Context(), result_, blobs_); }

  v1::ExportRequest Request() const {
    v1::ExportRequest request;
    request.set_type("oci");
    *request.mutable_result() = messages::ToProto(result_);
    return request;
  }

  // The error with which the export ends; nothing may be left of it.
  absl::Status Failure(const v1::ExportRequest& request) {
    grpc::ClientContext context;
    const auto stream = service_.stub().Export(&context, request);
    for (v1::ExportEvent event; stream->Read(&event);) EXPECT_FALSE(event.has_report());
    const absl::Status status = rpc::FromGrpc(stream->Finish());
    EXPECT_TRUE(std::filesystem::is_empty(root_ + "/service/scratch"));
    EXPECT_TRUE(Serves());
    return status;
  }

  bool Serves() {
    grpc::ClientContext context;
    v1::GetCapabilitiesResponse response;
    return service_.stub().GetCapabilities(&context, {}, &response).ok();
  }

  // Exports without an archive, and what can be read of the image afterwards.
  absl::Status Keep(v1::ExportRequest request) {
    (*request.mutable_attributes())["tar"] = "false";
    grpc::ClientContext context;
    const auto stream = service_.stub().Export(&context, request);
    v1::ExportEvent event;
    while (stream->Read(&event)) {
    }
    if (const grpc::Status status = stream->Finish(); !status.ok()) return rpc::FromGrpc(status);
    const oci::Descriptor root{.media_type = event.report().root().media_type(),
                               .digest = *oci::Digest::Parse(event.report().root().digest()),
                               .size = event.report().root().size()};
    oci::content::store::MemoryStore fetched;
    return oci::content::CopyGraph(oci::Context(), service_.remote().content(), fetched, root, {});
  }

  // Sends the first bytes of the layer and no more.
  void UploadInPart(size_t bytes) {
    namespace api = ::containerd::services::content::v1;
    grpc::ClientContext context;
    const auto stream = api::Content::NewStub(rpc::Connect(service_.address()))->Write(&context);
    api::WriteContentRequest request;
    request.set_action(api::WRITE);
    request.set_ref("waybill-" + result_.refs[""].layers[0].blob.digest.ToString());
    request.set_data(layer_.substr(0, bytes));
    api::WriteContentResponse response;
    ASSERT_TRUE(stream->Write(request));
    ASSERT_TRUE(stream->Read(&response));
    stream->WritesDone();
    ASSERT_TRUE(stream->Finish().ok());
  }

  // The layer as the service's content store has it.
  std::string ReadLayer() {
    const absl::StatusOr<std::string> bytes =
        oci::content::VerifiedBytes(oci::Context(), service_.remote().content(), result_.refs[""].layers[0].blob,
                                    static_cast<int64_t>(layer_.size()));
    return bytes.ok() ? *bytes : bytes.status().ToString();
  }

  // One that holds its place until `context` is cancelled.
  std::unique_ptr<grpc::ClientReader<v1::ExportEvent>> ExportWithoutEnd(grpc::ClientContext& context) {
    v1::ExportRequest request = Request();
    request.set_type("docker");
    auto stream = service_.stub().Export(&context, request);
    service_.endless().started.WaitForNotification();
    return stream;
  }

  const std::string root_;
  LocalService service_;
  std::string layer_;
  request::BuildResult result_;
  oci::content::store::MemoryStore blobs_;
};

}  // namespace waybill::exporter::service::testing

#endif  // WAYBILL_EXPORTER_SERVICE_TESTING_EXPORT_FIXTURE_H_
