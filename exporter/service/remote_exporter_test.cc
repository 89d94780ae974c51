// SPDX-License-Identifier: Apache-2.0
#include "exporter/client/remote_exporter.h"

#include <stop_token>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "exporter/rpc/client.h"
#include "exporter/rpc/listen/address.h"
#include "exporter/service/testing/export_fixture.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/io/string.h"
#include "oci/progress.h"
#include "oci/testing/recorded_spans.h"
#include "oci/trace/trace_context.h"
#include "proto/containerd/services/content/v1/content.grpc.pb.h"

namespace waybill::exporter::service {
namespace {

using testing::ExportServiceTest;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using RemoteExporterTest = ExportServiceTest;

TEST_F(RemoteExporterTest, AnUploadGoesOnWhereItStopped) {
  UploadInPart(1 << 20);
  testing::Events events;
  const oci::Context context = oci::Context().WithProgress(events);
  ASSERT_TRUE(service_.remote().Upload(context, result_, blobs_).ok());
  std::vector<int64_t> bytes;
  for (const oci::ProgressEvent& event : events.Take()) {
    EXPECT_THAT(event.target, StartsWith("service tcp://"));
    if (event.state == oci::ProgressEvent::State::kTransferring) bytes.push_back(event.current);
  }
  EXPECT_THAT(bytes, ElementsAre(0, 2 << 20, 3 << 20));
  EXPECT_EQ(service_.clock().waits(), 0);
  EXPECT_TRUE(Keep(Request()).ok());
}

TEST_F(RemoteExporterTest, AnUploadThatAnotherHoldsIsDoneApart) {
  namespace api = ::containerd::services::content::v1;
  grpc::ClientContext context;
  const auto stream = api::Content::NewStub(rpc::Connect(service_.address()))->Write(&context);
  api::WriteContentRequest request;
  request.set_action(api::STAT);
  request.set_ref("waybill-" + result_.refs[""].layers[0].blob.digest.ToString());
  api::WriteContentResponse response;
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->Read(&response));
  const absl::Status uploaded = Upload();
  EXPECT_TRUE(uploaded.ok()) << uploaded;
  EXPECT_GT(service_.clock().waits(), 0);
  context.TryCancel();
}

TEST_F(RemoteExporterTest, AResultThatIsTooLargeIsSaidToBe) {
  result_.metadata["large"] = std::string(18 << 20, 'x');
  ASSERT_TRUE(Upload().ok());
  std::string archive;
  oci::io::StringWriter writer(archive);
  absl::Status status = service_.remote().Export(oci::Context(), result_, {.type = "oci"}, writer).status();
  EXPECT_TRUE(status.ok()) << status;
  result_.metadata["large"] = std::string(73 << 20, 'x');
  status = service_.remote().Export(oci::Context(), result_, {.type = "oci"}, writer).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("the result has 765"));
}

TEST_F(RemoteExporterTest, ACancelledClientSaysInterrupted) {
  std::stop_source stop;
  stop.request_stop();
  const oci::Context context = oci::Context().WithStop(stop.get_token());
  EXPECT_EQ(oci::ReasonOf(service_.remote().Upload(context, result_, blobs_)), oci::Reason::kInterrupted);
  std::string archive;
  oci::io::StringWriter writer(archive);
  EXPECT_EQ(oci::ReasonOf(service_.remote().Export(context, result_, {.type = "oci"}, writer).status()),
            oci::Reason::kInterrupted);
}

// The trace goes on in the service, whether this process records it or not.
TEST_F(RemoteExporterTest, TheServicesSpansAreBelowTheCallers) {
  ASSERT_TRUE(Upload().ok());
  const oci::trace::SpanContext caller =
      oci::trace::ParseTraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "vendor=1");
  std::string archive;
  oci::io::StringWriter writer(archive);
  const oci::Context context = oci::Context().WithTrace(nullptr, caller);
  ASSERT_TRUE(service_.remote().Export(context, result_, {.type = "oci"}, writer).ok());
  service_.Ends(1);
  const std::string call = "waybill.v1.Exporter/Export";
  EXPECT_THAT(service_.spans().paths(), ElementsAre(call, call + "/assemble", call + "/deliver", call + "/deliver/blob",
                                                    call + "/deliver/blob", call + "/layers", call + "/queue"));
  const oci::trace::EndedSpan end = service_.spans().spans().back();
  EXPECT_EQ(end.parent, caller.span);
  EXPECT_EQ(end.self.trace, caller.trace);
  EXPECT_EQ(*end.self.state, "vendor=1");
  EXPECT_EQ(oci::testing::RecordedSpans::Attribute(end, "waybill.export.type"), "oci");
}

TEST_F(RemoteExporterTest, NobodyThereIsANetworkError) {
  const rpc::listen::Address gone = service_.address();
  service_.server().Drain(absl::ZeroDuration());
  const absl::Status status =
      client::RemoteExporter(gone, rpc::Connect(gone), service_.clock()).Upload(oci::Context(), result_, blobs_);
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kNetwork);
  EXPECT_THAT(std::string(status.message()), StartsWith("service " + gone.ToString() + ": "));
}

}  // namespace
}  // namespace waybill::exporter::service
