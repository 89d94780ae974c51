// SPDX-License-Identifier: Apache-2.0
#include "exporter/client/remote_exporter.h"

#include <atomic>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "exporter/rpc/client.h"
#include "exporter/service/messages/event_codec.h"
#include "exporter/service/messages/limits.h"
#include "exporter/service/messages/result_codec.h"
#include "oci/content/traced_source.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/progress.h"
#include "oci/status_macros.h"
#include "oci/work/task_group.h"
#include "proto/waybill/v1/exporter.grpc.pb.h"

namespace waybill::exporter::client {
namespace {

constexpr int kParallelUploads = 4;

using Blobs = std::map<oci::Digest, oci::Descriptor>;

// Each blob once.
Blobs BlobsOf(const request::BuildResult& result) {
  Blobs blobs;
  const auto add = [&blobs](const oci::Descriptor& blob) { blobs.emplace(blob.digest, blob); };
  for (const auto& [key, ref] : result.refs) {
    for (const request::Layer& layer : ref.layers) add(layer.blob);
  }
  for (const auto& [platform, attestations] : result.attestations) {
    for (const request::Attestation& attestation : attestations) {
      if (attestation.content.has_value()) add(*attestation.content);
      for (const auto& [name, file] : attestation.files) add(file);
    }
  }
  return blobs;
}

// Progress of what goes to one target.
class ToTarget final : public oci::ProgressSink {
 public:
  ToTarget(const oci::Context& context, std::string target) : context_(context), target_(std::move(target)) {}
  void Report(const oci::ProgressEvent& event) override {
    oci::ProgressEvent whole = event;
    whole.target = target_;
    context_.Report(whole);
  }

 private:
  const oci::Context context_;
  const std::string target_;
};

class ExportStream {
 public:
  ExportStream(const oci::Context& context, v1::Exporter::Stub& stub, const v1::ExportRequest& request)
      : context_(context), call_(context), stream_(stub.Export(&call_.grpc(), request)) {}
  ~ExportStream() {
    if (finished_) return;
    call_.Cancel();
    for (v1::ExportEvent event; stream_->Read(&event);) {
    }
    stream_->Finish();
  }

  absl::StatusOr<Report> Run(oci::io::Writer& archive) {
    std::optional<Report> report;
    for (v1::ExportEvent event; stream_->Read(&event);) {
      if (event.has_progress()) context_.Report(service::messages::FromProto(event.progress()));
      if (!event.data().empty()) ABSL_RETURN_IF_ERROR(archive.Write(event.data()));
      if (!event.has_report()) continue;
      ABSL_ASSIGN_OR_RETURN(report, service::messages::FromProto(event.report()));
    }
    finished_ = true;
    ABSL_RETURN_IF_ERROR(call_.ToStatus(stream_->Finish()));
    if (!report.has_value()) return absl::InternalError("the service sent no report");
    return *std::move(report);
  }

 private:
  const oci::Context context_;
  rpc::ClientCall call_;
  const std::unique_ptr<grpc::ClientReader<v1::ExportEvent>> stream_;
  bool finished_ = false;
};

}  // namespace

RemoteExporter::RemoteExporter(const rpc::listen::Address& address, std::shared_ptr<grpc::Channel> channel,
                               oci::Clock& clock)
    : name_(absl::StrCat("service ", address.ToString())),
      channel_(std::move(channel)),
      content_(channel_, {.store_id = "", .clock = &clock}) {}

absl::Status RemoteExporter::UploadBlob(const oci::Context& context, const oci::Descriptor& blob,
                                        oci::content::Fetcher& blobs) {
  using State = oci::ProgressEvent::State;
  ABSL_ASSIGN_OR_RETURN(const bool exists, content_.Exists(context, blob));
  if (exists) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Source> source, blobs.Fetch(context, blob));
  const std::string digest = blob.digest.ToString();
  context.Report({.item = digest, .state = State::kTransferring, .total = blob.size});
  source = std::make_unique<oci::content::TracedSource>(std::move(source), digest,
                                                        std::make_shared<std::atomic<bool>>(false));
  if (const absl::Status pushed = content_.Push(context, {blob, std::move(source)}); !pushed.ok()) {
    return oci::Annotate(pushed, absl::StrCat("uploading ", digest));
  }
  context.Report({.item = digest, .state = State::kDone, .current = blob.size, .total = blob.size});
  return absl::OkStatus();
}

absl::Status RemoteExporter::Upload(const oci::Context& context, const request::BuildResult& result,
                                    oci::content::Fetcher& blobs) {
  ToTarget progress(context, name_);
  oci::work::TaskGroup uploads(context.WithProgress(progress), kParallelUploads);
  for (const auto& [digest, descriptor] : BlobsOf(result)) {
    uploads.Add([this, &blobs, blob = descriptor](const oci::Context& task) {
      oci::Span span(task, "blob");
      if (span.recorded()) span.Set("waybill.blob.digest", blob.digest.ToString());
      span.Set("waybill.blob.size", blob.size);
      return span.Close(UploadBlob(span.context(), blob, blobs));
    });
  }
  return oci::Annotate(uploads.Wait(), name_);
}

absl::StatusOr<Report> RemoteExporter::Export(const oci::Context& context, const request::BuildResult& result,
                                              const request::ExportRequest& request, oci::io::Writer& archive) {
  v1::ExportRequest message;
  message.set_type(request.type);
  message.mutable_attributes()->insert(request.attributes.begin(), request.attributes.end());
  message.set_compatibility_version(request.compatibility_version);
  *message.mutable_result() = service::messages::ToProto(result);
  const std::unique_ptr<v1::Exporter::Stub> stub = v1::Exporter::NewStub(channel_);
  absl::StatusOr<Report> report = ExportStream(context, *stub, message).Run(archive);
  if (report.ok()) return report;
  // What gRPC says about a message beyond the service's limit depends on which answer comes first.
  if (absl::IsResourceExhausted(report.status()) && message.ByteSizeLong() > service::messages::kMaxRequestBytes) {
    return oci::InvalidInputError(absl::StrCat(name_, ": the result has ", message.ByteSizeLong(),
                                               " bytes without its blobs, more than the service takes"));
  }
  return oci::Annotate(report.status(), name_);
}

}  // namespace waybill::exporter::client
