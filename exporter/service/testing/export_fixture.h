// SPDX-License-Identifier: Apache-2.0
// A service in this process, a client, and a result of one layer.
#ifndef WAYBILL_EXPORTER_SERVICE_TESTING_EXPORT_FIXTURE_H_
#define WAYBILL_EXPORTER_SERVICE_TESTING_EXPORT_FIXTURE_H_

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "exporter/client/remote_exporter.h"
#include "exporter/rpc/client.h"
#include "exporter/rpc/status.h"
#include "exporter/service/messages/result_codec.h"
#include "exporter/service/server.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "oci/clock.h"
#include "oci/content/content.h"
#include "oci/content/copy_graph.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"
#include "oci/layout/archive.h"
#include "oci/progress.h"
#include "oci/status_macros.h"
#include "proto/containerd/services/content/v1/content.grpc.pb.h"
#include "proto/waybill/v1/exporter.grpc.pb.h"

namespace waybill::exporter::service::testing {

inline constexpr char kConfig[] = R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}})";

class ArchiveOutput final : public Output {
 public:
  explicit ArchiveOutput(oci::io::Writer& out) : out_(out) {}
  absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image& image,
                                            const request::ExportOptions&) override {
    oci::layout::Archive archive({});
    ABSL_RETURN_IF_ERROR(oci::content::CopyGraph(context, image.content, archive, image.root, {}));
    ABSL_RETURN_IF_ERROR(archive.Tag(context, image.root, ""));
    ABSL_RETURN_IF_ERROR(archive.Finish(context, out_));
    return answers::Delivery{};
  }

 private:
  oci::io::Writer& out_;
};

// Writes until nobody takes it any more.
class EndlessOutput final : public Output {
 public:
  struct Progress {
    absl::Notification started;
    std::atomic<int64_t> bytes = 0;
  };
  EndlessOutput(oci::io::Writer& out, Progress& progress) : out_(out), progress_(progress) {}
  absl::StatusOr<answers::Delivery> Deliver(const oci::Context&, const Image&, const request::ExportOptions&) override {
    const std::string bytes(256 << 10, 'x');
    progress_.started.Notify();
    while (true) {
      ABSL_RETURN_IF_ERROR(out_.Write(bytes));
      progress_.bytes += static_cast<int64_t>(bytes.size());
    }
  }

 private:
  oci::io::Writer& out_;
  Progress& progress_;
};

// Counts waits.
class NoWait final : public oci::Clock {
 public:
  absl::Time Now() override { return absl::UnixEpoch(); }
  absl::Status Sleep(const oci::Context& context, absl::Duration) override {
    ++waits_;
    return context.Check();
  }
  double Random() override { return 0; }
  int waits() const { return waits_; }

 private:
  std::atomic<int> waits_ = 0;
};

// Keeps what was reported.
class Events final : public oci::ProgressSink {
 public:
  void Report(const oci::ProgressEvent& event) override {
    absl::MutexLock lock(&mutex_);
    events_.push_back(event);
  }
  std::vector<oci::ProgressEvent> Take() {
    absl::MutexLock lock(&mutex_);
    return std::move(events_);
  }

 private:
  absl::Mutex mutex_;
  std::vector<oci::ProgressEvent> events_ ABSL_GUARDED_BY(mutex_);
};

class ExportServiceTest : public ::testing::Test {
 protected:
  ExportServiceTest()
      : root_(
            absl::StrCat(::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::error_code error;
    std::filesystem::remove_all(root_, error);
    std::filesystem::create_directories(root_ + "/allowed", error);
    Start();
    layer_ = std::string(3 << 20, 'l');
    const oci::Digest digest = blobs_.Add(layer_);
    request::Ref& ref = result_.refs[""];
    ref.layers.push_back({.blob = {.media_type = std::string(oci::image::kOciLayer),
                                   .digest = digest,
                                   .size = static_cast<int64_t>(layer_.size())},
                          .diff_id = digest});
    result_.metadata["containerimage.config"] = kConfig;
  }

  void Start() {
    absl::StatusOr<std::unique_ptr<Server>> server =
        Server::Start({.listen = {*rpc::listen::Address::Parse("tcp://127.0.0.1:0")},
                       .root = root_ + "/service",
                       .layouts = {root_ + "/allowed"},
                       .version = "1.2.3",
                       .parallel_exports = parallel_exports_,
                       .client_memory = client_memory_,
                       .client_patience = client_patience_,
                       .new_output = [this](const request::ExportOptions& options,
                                            oci::io::Writer* archive) -> absl::StatusOr<std::unique_ptr<Output>> {
                         if (archive == nullptr) return oci::UnsupportedError("a push");
                         if (options.type == request::ExporterType::kDocker)
                           return std::make_unique<EndlessOutput>(*archive, endless_);
                         return std::make_unique<ArchiveOutput>(*archive);
                       },
                       .on_export_end =
                           [this](const ExportEnd& end) {
                             absl::MutexLock lock(&mutex_);
                             ends_.push_back(absl::StrCat(end.type, " ", end.names, " ", end.status.code()));
                           },
                       .exporter = {.now = [] { return absl::UnixEpoch(); },
                                    .version = "v0",
                                    .host = {.architecture = "amd64", .os = "linux"}}});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    remote_ = std::make_unique<client::RemoteExporter>(server_->addresses()[0], clock_);
    stub_ = v1::Exporter::NewStub(rpc::Connect(server_->addresses()[0]));
  }

  absl::Status Upload() { return remote_->Upload(oci::Context(), result_, blobs_); }

  v1::ExportRequest Request() const {
    v1::ExportRequest request;
    request.set_type("oci");
    *request.mutable_result() = messages::ToProto(result_);
    return request;
  }

  // The error with which the export ends; nothing may be left of it.
  absl::Status Failure(const v1::ExportRequest& request) {
    grpc::ClientContext context;
    const auto stream = stub_->Export(&context, request);
    for (v1::ExportEvent event; stream->Read(&event);) EXPECT_FALSE(event.has_report());
    const absl::Status status = rpc::FromGrpc(stream->Finish());
    EXPECT_TRUE(std::filesystem::is_empty(root_ + "/service/scratch"));
    EXPECT_TRUE(Serves());
    return status;
  }

  bool Serves() {
    grpc::ClientContext context;
    v1::GetCapabilitiesResponse response;
    return stub_->GetCapabilities(&context, {}, &response).ok();
  }

  // Exports without an archive, and what can be read of the image afterwards.
  absl::Status Keep(v1::ExportRequest request) {
    (*request.mutable_attributes())["tar"] = "false";
    grpc::ClientContext context;
    const auto stream = stub_->Export(&context, request);
    v1::ExportEvent event;
    while (stream->Read(&event)) {
    }
    if (const grpc::Status status = stream->Finish(); !status.ok()) return rpc::FromGrpc(status);
    const oci::Descriptor root{.media_type = event.report().root().media_type(),
                               .digest = *oci::Digest::Parse(event.report().root().digest()),
                               .size = event.report().root().size()};
    oci::content::store::MemoryStore fetched;
    return oci::content::CopyGraph(oci::Context(), remote_->content(), fetched, root, {});
  }
  // Sends the first bytes of the layer and no more.
  void UploadInPart(size_t bytes) {
    namespace api = ::containerd::services::content::v1;
    grpc::ClientContext context;
    const auto stream = api::Content::NewStub(rpc::Connect(server_->addresses()[0]))->Write(&context);
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
    const absl::StatusOr<std::string> bytes = oci::content::VerifiedBytes(
        oci::Context(), remote_->content(), result_.refs[""].layers[0].blob, static_cast<int64_t>(layer_.size()));
    return bytes.ok() ? *bytes : bytes.status().ToString();
  }

  // Another service in the place of the first.
  void Restart(int parallel_exports, absl::Duration client_patience) {
    server_.reset();
    parallel_exports_ = parallel_exports;
    client_patience_ = client_patience;
    Start();
  }

  // Until so many exports have ended.
  std::vector<std::string> Ends(size_t count) {
    const auto enough = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return ends_.size() >= count; };
    absl::MutexLock lock(&mutex_, absl::Condition(&enough));
    return ends_;
  }

  // One that holds its place until `context` is cancelled.
  std::unique_ptr<grpc::ClientReader<v1::ExportEvent>> ExportWithoutEnd(grpc::ClientContext& context) {
    v1::ExportRequest request = Request();
    request.set_type("docker");
    auto stream = stub_->Export(&context, request);
    endless_.started.WaitForNotification();
    return stream;
  }

  const std::string root_;
  int parallel_exports_ = 8;
  int64_t client_memory_ = int64_t{256} << 20;
  absl::Duration client_patience_ = absl::InfiniteDuration();
  NoWait clock_;
  absl::Mutex mutex_;
  std::vector<std::string> ends_ ABSL_GUARDED_BY(mutex_);
  EndlessOutput::Progress endless_;
  std::string layer_;
  request::BuildResult result_;
  oci::content::store::MemoryStore blobs_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<client::RemoteExporter> remote_;
  std::unique_ptr<v1::Exporter::Stub> stub_;
};

}  // namespace waybill::exporter::service::testing

#endif  // WAYBILL_EXPORTER_SERVICE_TESTING_EXPORT_FIXTURE_H_
