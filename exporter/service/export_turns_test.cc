// SPDX-License-Identifier: Apache-2.0
// What one client cannot take from others: the turns of exports, and the time of a drain.
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "exporter/rpc/client.h"
#include "exporter/rpc/listen/address.h"
#include "exporter/rpc/status.h"
#include "exporter/service/testing/export_fixture.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "proto/containerd/services/content/v1/content.grpc.pb.h"
#include "proto/waybill/v1/exporter.grpc.pb.h"

namespace waybill::exporter::service {
namespace {

using testing::ExportServiceTest;

using ::testing::Contains;
using ::testing::ElementsAre;

// grpc.health.v1.Health/Watch of the whole server.
class Watch {
 public:
  explicit Watch(const rpc::listen::Address& address) : stub_(rpc::Connect(address)) {
    stream_ = stub_.PrepareCall(&context_, "/grpc.health.v1.Health/Watch", &queue_);
    const grpc::Slice nothing;
    stream_->StartCall(this);
    EXPECT_TRUE(Next());
    stream_->WriteLast(grpc::ByteBuffer(&nothing, 1), grpc::WriteOptions(), this);
    EXPECT_TRUE(Next());
  }
  ~Watch() {
    context_.TryCancel();
    grpc::Status status;
    stream_->Finish(&status, this);
    Next();
  }

  // The next HealthCheckResponse, "" when there is none.
  std::string Read() {
    grpc::ByteBuffer answer;
    stream_->Read(&answer, this);
    grpc::Slice bytes;
    if (!Next() || !answer.DumpToSingleSlice(&bytes).ok()) return "";
    return {bytes.begin(), bytes.end()};
  }

 private:
  bool Next() {
    void* tag;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::CompletionQueue queue_;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
};

constexpr char kServing[] = "\x08\x01";
constexpr char kNotServing[] = "\x08\x02";

TEST_F(ExportServiceTest, AnExportThatWaitsForOthersSaysSo) {
  service_.Start({.parallel_exports = 1});
  ASSERT_TRUE(Upload().ok());
  grpc::ClientContext first_context, second_context;
  const auto first = ExportWithoutEnd(first_context);
  const auto second = service_.stub().Export(&second_context, Request());
  v1::ExportEvent event;
  ASSERT_TRUE(second->Read(&event));
  EXPECT_EQ(event.progress().item(), "waiting for other exports");
  EXPECT_EQ(event.progress().state(), v1::Progress::STATE_STARTED);
  first_context.TryCancel();
  ASSERT_TRUE(second->Read(&event));
  EXPECT_EQ(event.progress().item(), "waiting for other exports");
  EXPECT_EQ(event.progress().state(), v1::Progress::STATE_DONE);
  while (second->Read(&event)) {
  }
  EXPECT_TRUE(event.has_report());
  EXPECT_TRUE(second->Finish().ok());
}

TEST_F(ExportServiceTest, ACancelledExportDoesNotWaitForItsTurn) {
  service_.Start({.parallel_exports = 1});
  grpc::ClientContext first_context, second_context;
  const auto first = ExportWithoutEnd(first_context);
  const auto second = service_.stub().Export(&second_context, Request());
  v1::ExportEvent event;
  ASSERT_TRUE(second->Read(&event));
  second_context.TryCancel();
  EXPECT_THAT(service_.Ends(1), ElementsAre("oci  1"));  // CANCELLED
  first_context.TryCancel();
  EXPECT_THAT(service_.Ends(2), ElementsAre("oci  1", "docker  1"));
}

TEST_F(ExportServiceTest, AKeyThatIsNotThereDoesNotWaitForItsTurn) {
  service_.Start({.parallel_exports = 1});
  grpc::ClientContext first_context, second_context;
  const auto first = ExportWithoutEnd(first_context);
  v1::ExportRequest request = Request();
  (*request.mutable_attributes())["sign"] = "release";
  const auto second = service_.stub().Export(&second_context, request);
  v1::ExportEvent event;
  EXPECT_FALSE(second->Read(&event));
  EXPECT_EQ(second->Finish().error_message(), "exporter option \"sign\": there are no keys here");
  first_context.TryCancel();
}

TEST_F(ExportServiceTest, AClientThatTakesNothingLosesItsTurn) {
  // Enough for the second client, which reads, on a slow machine too.
  service_.Start({.parallel_exports = 1, .client_patience = absl::Seconds(2)});
  ASSERT_TRUE(Upload().ok());
  grpc::ClientContext first_context, second_context;
  const auto first = ExportWithoutEnd(first_context);
  EXPECT_THAT(service_.Ends(1), ElementsAre("docker  4"));  // DEADLINE_EXCEEDED
  const absl::Status kept = Keep(Request());
  EXPECT_TRUE(kept.ok()) << kept;
  for (v1::ExportEvent event; first->Read(&event);) {
  }
  EXPECT_EQ(first->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(ExportServiceTest, ADrainDoesNotWaitForWatchersAndSilentUploads) {
  namespace api = ::containerd::services::content::v1;
  Watch watch(service_.address());
  EXPECT_EQ(watch.Read(), kServing);
  grpc::ClientContext context;
  const auto upload = api::Content::NewStub(rpc::Connect(service_.address()))->Write(&context);
  api::WriteContentRequest request;
  request.set_action(api::WRITE);
  request.set_ref("silent");
  request.set_data("something");
  api::WriteContentResponse response;
  ASSERT_TRUE(upload->Write(request));
  ASSERT_TRUE(upload->Read(&response));
  service_.server().Drain(absl::InfiniteDuration());
  EXPECT_EQ(watch.Read(), kNotServing);
  EXPECT_EQ(watch.Read(), "");
  EXPECT_FALSE(upload->Read(&response));
  EXPECT_FALSE(upload->Finish().ok());
  // What was uploaded is there for the next service.
  service_.Start({.parallel_exports = 8});
  grpc::ClientContext next_context;
  api::StatusRequest asked;
  api::StatusResponse status;
  asked.set_ref("silent");
  ASSERT_TRUE(api::Content::NewStub(rpc::Connect(service_.address()))->Status(&next_context, asked, &status).ok());
  EXPECT_EQ(status.status().offset(), 9);
}

TEST_F(ExportServiceTest, ADrainTakesNoMoreExportsAndServesThoseThatRun) {
  ASSERT_TRUE(Upload().ok());
  Watch watch(service_.address());
  EXPECT_EQ(watch.Read(), kServing);
  grpc::ClientContext endless_context;
  const auto endless = ExportWithoutEnd(endless_context);
  std::jthread drain([this] { service_.server().Drain(absl::InfiniteDuration()); });
  EXPECT_EQ(watch.Read(), kNotServing);
  absl::Status refused;
  while (refused.ok()) {  // the gate closes a moment later
    grpc::ClientContext context;
    const auto stream = service_.stub().Export(&context, Request());
    for (v1::ExportEvent event; stream->Read(&event);) {
    }
    refused = rpc::FromGrpc(stream->Finish());
  }
  EXPECT_EQ(refused, absl::UnavailableError("the service is shutting down"));
  EXPECT_THAT(service_.Ends(1), Contains("oci  14"));
  // What it stored can still be read.
  EXPECT_EQ(ReadLayer(), layer_);
  endless_context.TryCancel();
}

}  // namespace
}  // namespace waybill::exporter::service
