// SPDX-License-Identifier: Apache-2.0
// Clients that make the service hold memory: what is beyond the limit is refused, and what is given back is free again.
// tools/e2e/attack measures the process.
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "exporter/rpc/client.h"
#include "exporter/rpc/status.h"
#include "exporter/service/testing/export_fixture.h"
#include "gtest/gtest.h"
#include "proto/containerd/services/content/v1/content.grpc.pb.h"

namespace waybill::exporter::service {
namespace {

namespace api = ::containerd::services::content::v1;
using testing::ExportServiceTest;

class ClientMemoryTest : public ExportServiceTest {
 protected:
  ClientMemoryTest() {
    // A quarter of it is for messages, of which one client gets 7 MiB.
    service_.Start({.parallel_exports = 1, .client_memory = 32 << 20});
  }

  std::unique_ptr<api::Content::Stub> Content() { return api::Content::NewStub(rpc::Connect(service_.address())); }

  v1::ExportRequest RequestOf(size_t bytes) const {
    v1::ExportRequest request = Request();
    (*request.mutable_result()->mutable_metadata())["filler"] = std::string(bytes, 'f');
    return request;
  }
};

TEST_F(ClientMemoryTest, UnreadAnswersOfReadAreLimited) {
  ASSERT_TRUE(Upload().ok());
  constexpr int kCalls = 100;
  api::ReadContentRequest request;
  request.set_digest(result_.refs[""].layers[0].blob.digest.ToString());
  const std::unique_ptr<api::Content::Stub> stub = Content();
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<api::ReadContentResponse>>> calls;
  for (int i = 0; i < kCalls; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    calls.push_back(stub->Read(contexts.back().get(), request));
  }
  // The later calls end without an answer while the earlier ones still hold theirs.
  int refused = 0;
  for (int i = kCalls - 1; i > kCalls / 2; --i) {
    calls[i]->WaitForInitialMetadata();
    api::ReadContentResponse response;
    if (calls[i]->Read(&response)) continue;
    EXPECT_EQ(calls[i]->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
    calls[i] = nullptr;
    ++refused;
  }
  EXPECT_GT(refused, 0);
  for (const std::unique_ptr<grpc::ClientContext>& context : contexts) context->TryCancel();
  for (const auto& call : calls) {
    if (call != nullptr) call->Finish();
  }
  // Given back a moment after the client learns of the end.
  absl::Status read = absl::UnavailableError("");
  while (absl::IsUnavailable(read)) read = Keep(Request());
  EXPECT_TRUE(read.ok()) << read;
}

TEST_F(ClientMemoryTest, RequestsOfExportsThatWaitAreLimited) {
  grpc::ClientContext endless_context, waiting_context;
  const auto endless = ExportWithoutEnd(endless_context);
  const auto waiting = service_.stub().Export(&waiting_context, RequestOf(4 << 20));
  v1::ExportEvent event;
  ASSERT_TRUE(waiting->Read(&event));
  EXPECT_EQ(event.progress().item(), "waiting for other exports");
  grpc::ClientContext refused_context;
  const auto another = service_.stub().Export(&refused_context, RequestOf(4 << 20));
  EXPECT_FALSE(another->Read(&event));
  const absl::Status refused = rpc::FromGrpc(another->Finish());
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(refused.message(), "are held for this client")) << refused;
  waiting_context.TryCancel();
  EXPECT_FALSE(waiting->Finish().ok());
  // The memory is free a moment after the client learns of the end.
  bool taken = false;
  while (!taken) {
    grpc::ClientContext context;
    const auto next = service_.stub().Export(&context, RequestOf(4 << 20));
    taken = next->Read(&event);
    context.TryCancel();
    next->Finish();
  }
  endless_context.TryCancel();
}

// Fields of two bytes take more than a hundred when they are read, and are counted before.
TEST_F(ClientMemoryTest, RequestsOfVeryManyFieldsAreLimited) {
  v1::ExportRequest request = Request();
  v1::Ref& ref = (*request.mutable_result()->mutable_refs())["many"];
  for (int i = 0; i < 100'000; ++i) ref.add_layers();
  EXPECT_LT(request.ByteSizeLong(), size_t{1} << 20);
  grpc::ClientContext context;
  const auto call = service_.stub().Export(&context, request);
  v1::ExportEvent event;
  EXPECT_FALSE(call->Read(&event));
  EXPECT_EQ(call->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ClientMemoryTest, ASilentUploadHoldsNothing) {
  const std::unique_ptr<api::Content::Stub> stub = Content();
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReaderWriter<api::WriteContentRequest, api::WriteContentResponse>>> calls;
  // Together ten times as much as the client may hold.
  for (int i = 0; i < 30; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    calls.push_back(stub->Write(contexts.back().get()));
    api::WriteContentRequest request;
    request.set_action(api::WRITE);
    request.set_ref(absl::StrCat("silent-", i));
    request.set_data(std::string(2 << 20, 'u'));
    api::WriteContentResponse response;
    ASSERT_TRUE(calls.back()->Write(request) && calls.back()->Read(&response))
        << calls.back()->Finish().error_message();
    EXPECT_EQ(response.offset(), 2 << 20);
  }
  for (const std::unique_ptr<grpc::ClientContext>& context : contexts) context->TryCancel();
  for (const auto& call : calls) call->Finish();
}

TEST_F(ClientMemoryTest, AWriteThatIsTooLargeIsRefused) {
  grpc::ClientContext context;
  const auto call = Content()->Write(&context);
  api::WriteContentRequest request;
  request.set_action(api::WRITE);
  request.set_ref("large");
  request.set_data(std::string(17 << 20, 'u'));
  api::WriteContentResponse response;
  call->Write(request);
  EXPECT_FALSE(call->Read(&response));
  EXPECT_EQ(call->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

}  // namespace
}  // namespace waybill::exporter::service
