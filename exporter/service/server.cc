// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/server.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "exporter/request/options.h"
#include "exporter/rpc/listen/limits.h"
#include "exporter/service/messages/limits.h"
#include "exporter/service/root_directory.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "oci/error.h"
#include "oci/file/fd.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service {
namespace {

using Content = ::containerd::services::content::v1::Content;
using Leases = ::containerd::services::leases::v1::Leases;

constexpr char kConvertedFromLabel[] = "waybill.io/converted-from";
constexpr char kUncompressedLabel[] = "containerd.io/uncompressed";
// Calls that wait: of a few clients with all the calls that each may have.
constexpr size_t kMaxWaitingCalls = 4000;
constexpr size_t kMaxWaitingExports = 1000;
// Listings at once, and those that wait: each may hold what Lister::kLimits lets it.
constexpr int kListings = 16;
constexpr size_t kMaxWaitingListings = 64;
// For messages that are on their way to sockets' files, and as much to IP addresses: one of the largest fits.
constexpr int64_t kMaxBufferedBytes = 80 << 20;

// Of Options::client_memory, what is left for messages that have come.
int64_t HeldBytes(int64_t client_memory) { return std::max(client_memory - 2 * kMaxBufferedBytes, client_memory / 4); }

void Configure(grpc::ServerBuilder& builder, const grpc::ResourceQuota& buffers) {
  rpc::listen::SetListenerLimits(builder, buffers);
  builder.SetMaxReceiveMessageSize(messages::kMaxRequestBytes);
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);  // reflection alone is not on the callback API
}

Exporter::Deps WithScratch(Exporter::Deps deps, std::string directory) {
  deps.scratch_directory = std::move(directory);
  return deps;
}

v1::GetCapabilitiesResponse CapabilitiesOf(const Server::Options& options) {
  v1::GetCapabilitiesResponse capabilities;
  capabilities.set_version(options.version);
  using request::ExporterType;
  for (const ExporterType type :
       {ExporterType::kDocker, ExporterType::kImage, ExporterType::kLocal, ExporterType::kOci, ExporterType::kTar}) {
    capabilities.add_types(std::string(request::TypeName(type)));
  }
  for (const int version : {10, 20, request::kCurrentCompatibility}) capabilities.add_compatibility_versions(version);
  for (const std::string& path : options.layouts) capabilities.add_layout_paths(path);
  capabilities.set_parallel_exports(options.parallel_exports);
  return capabilities;
}

// A path that is mistyped would refuse every request.
absl::Status CheckLayouts(const std::vector<std::string>& layouts) {
  for (const std::string& path : layouts) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error) || path.front() != '/') {
      return oci::InvalidInputError(
          absl::StrCat("layouts below ", path, ": it is not the absolute path of a directory"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

Server::Server(const Options& options, oci::file::Fd lock)
    : lock_(std::move(lock)),
      keep_uploads_(options.keep_uploads),
      store_({.root = options.root, .limits = options.limits, .now = absl::Now, .on_evicted = options.on_evicted}),
      remembered_(store_.blobs,
                  [this](const oci::Digest& from, const layers::MadeLayer& made) { return LabelMade(from, made); }),
      exporter_(WithScratch(options.exporter, ScratchOf(options.root))),
      memory_(HeldBytes(options.client_memory), HeldBytes(options.client_memory) / 8 * 7),
      call_places_("calls", "--client-calls", options.client_calls),
      export_places_("exports", "--client-exports", options.client_exports),
      content_queue_({.name = "content", .parallel = options.content_threads, .max_waiting = kMaxWaitingCalls}),
      export_queue_({.name = "exports",
                     .parallel = options.parallel_exports,
                     .max_waiting = kMaxWaitingExports,
                     .kind = oci::work::Pool::Kind::kLong}),
      attestations_queue_({.name = "attestations",
                           .parallel = kListings,
                           .max_waiting = kMaxWaitingListings,
                           .kind = oci::work::Pool::Kind::kLong}),
      lister_(options.lister),
      content_deps_{.store = store_,
                    .workplace = {content_gate_, content_queue_, call_places_},
                    .memory = memory_,
                    .listed = ListedOf(options)},
      export_deps_{.job = {.exporter = exporter_,
                           .store = store_,
                           .layers_made = remembered_,
                           .scratch = ScratchOf(options.root),
                           .new_output = options.new_output,
                           .layouts = options.layouts,
                           .keys = options.keys,
                           .registries = options.registries},
                   .workplace = {export_gate_, export_queue_, export_places_},
                   .memory = memory_,
                   .client_patience = options.client_patience,
                   .on_end = options.on_export_end,
                   .observer = options.observer,
                   .spans = options.spans,
                   .unpack_limits = options.unpack_limits,
                   .capabilities = CapabilitiesOf(options)} {
  for (grpc::ResourceQuota* const buffers : {&socket_buffers_, &tcp_buffers_}) buffers->Resize(kMaxBufferedBytes);
}

std::optional<content::ContentService::Listed> Server::ListedOf(const Options& options) {
  if (options.lister == nullptr) return std::nullopt;
  return content::ContentService::Listed{.blobs = options.lister->listed(),
                                         .workplace = {attestations_gate_, attestations_queue_, call_places_}};
}

Server::~Server() { Drain(absl::ZeroDuration()); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Options& options) {
  if (options.listen.empty()) return oci::InvalidInputError("no address to listen on");
  ABSL_RETURN_IF_ERROR(CheckLayouts(options.layouts));
  ABSL_ASSIGN_OR_RETURN(oci::file::Fd lock, OpenRoot(options.root));
  std::unique_ptr<Server> server(new Server(options, std::move(lock)));
  ABSL_RETURN_IF_ERROR(server->store_.Start());
  ABSL_RETURN_IF_ERROR(server->ExpireUploads(absl::Now()));
  ABSL_RETURN_IF_ERROR(server->Listen(options));
  return server;
}

absl::Status Server::ExpireUploads(absl::Time now) {
  remembered_.RemoveStale(oci::Context());
  return store_.ExpireUploads(now - keep_uploads_);
}

absl::Status Server::LabelMade(const oci::Digest& from, const layers::MadeLayer& made) {
  return store_.catalog
      .UpdateLabels(made.blob.digest,
                    [&](store::Labels& labels) {
                      labels[kConvertedFromLabel] = from.ToString();
                      labels[kUncompressedLabel] = made.diff_id.ToString();
                    })
      .status();
}

absl::Status Server::Listen(const Options& options) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  ABSL_RETURN_IF_ERROR(rpc::listen::CheckTls(options.tls, options.listen, "--tls"));
  ABSL_ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ServerCredentials> credentials,
                        rpc::listen::ListenerCredentials(options.tls));
  ABSL_ASSIGN_OR_RETURN(listener_, rpc::listen::Listener::Create({.addresses = options.listen,
                                                                  .group = options.group,
                                                                  .tcp_credentials = credentials,
                                                                  .allowed = options.allowed,
                                                                  .serve_user = [this](uid_t user) {
                                                                    return StartFront(absl::StrCat("uid ", user),
                                                                                      socket_buffers_);
                                                                  }}));
  ABSL_RETURN_IF_ERROR(StartFront("other users", socket_buffers_));
  ABSL_RETURN_IF_ERROR(StartFront("", tcp_buffers_));
  listener_->Start();
  return absl::OkStatus();
}

absl::Status Server::StartFront(absl::string_view user, const grpc::ResourceQuota& buffers) {
  content::ContentService::Deps content_deps = content_deps_;
  ExportService::Deps export_deps = export_deps_;
  content_deps.workplace.user = std::string(user);
  export_deps.workplace.user = std::string(user);
  if (content_deps.listed.has_value()) content_deps.listed->workplace.user = std::string(user);
  auto front = std::make_unique<Front>(content_deps, export_deps);
  grpc::ServerBuilder builder;
  Configure(builder, buffers);
  builder.RegisterService(&front->content_service);
  builder.RegisterService(&front->leases_service);
  builder.RegisterService(&front->export_service);
  if (lister_ != nullptr) {
    using image_attestations::AttestationsService;
    front->attestations_service = std::make_unique<AttestationsService>(AttestationsService::Deps{
        .lister = *lister_,
        .workplace = {attestations_gate_, attestations_queue_, call_places_, std::string(user)},
        .memory = memory_});
    builder.RegisterService(front->attestations_service.get());
  }
  listener_->Attach(builder);
  front->server = builder.BuildAndStart();
  if (front->server == nullptr) return oci::MakeError(oci::Reason::kInternal, "gRPC did not start");
  for (const absl::string_view service :
       {v1::Exporter::service_full_name(), Content::service_full_name(), Leases::service_full_name()}) {
    front->server->GetHealthCheckService()->SetServingStatus(std::string(service), true);
  }
  fronts_.push_back(std::move(front));
  return absl::OkStatus();
}

void Server::Settle(absl::Duration settle, absl::Time deadline) {
  listener_->Stop();
  arrivals_.AwaitQuiet(settle, deadline, [this](absl::Time until) {
    for (rpc::admission::Gate* const gate : {&export_gate_, &content_gate_, &attestations_gate_})
      gate->AwaitEmpty(until);
  });
}

void Server::Drain(absl::Duration patience) {
  if (fronts_.empty()) return;
  const absl::Time end = absl::Now() + patience;
  listener_->Stop();
  for (const std::unique_ptr<Front>& front : fronts_) front->server->GetHealthCheckService()->SetServingStatus(false);
  export_gate_.Close(patience);
  content_gate_.Close(end - absl::Now());
  attestations_gate_.Close(end - absl::Now());
  for (const std::unique_ptr<Front>& front : fronts_) {
    front->server->Shutdown(std::chrono::system_clock::now());
    front->server->Wait();
  }
  fronts_.clear();
}

}  // namespace waybill::exporter::service
