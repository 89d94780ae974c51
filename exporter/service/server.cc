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

constexpr size_t kMaxWaitingCalls = 1000;
// A bundle's result.json may have 64 MiB. Content.Write takes less (content_write.cc).
constexpr int kMaxRequestBytes = 72 << 20;
// Of Options::client_memory, for messages that are on their way: one of the largest fits.
constexpr int64_t kMaxBufferedBytes = 80 << 20;

void Configure(grpc::ServerBuilder& builder) {
  rpc::listen::SetListenerLimits(builder, kMaxBufferedBytes);
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);  // reflection alone is not on the callback API
}

Exporter::Deps WithScratch(Exporter::Deps deps, std::string directory) {
  deps.scratch_directory = std::move(directory);
  return deps;
}

v1::GetCapabilitiesResponse CapabilitiesOf(const Server::Options& options) {
  v1::GetCapabilitiesResponse capabilities;
  capabilities.set_version(options.version);
  for (const request::ExporterType type :
       {request::ExporterType::kDocker, request::ExporterType::kImage, request::ExporterType::kOci}) {
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
      blobs_(options.root, {}),
      ingests_(absl::StrCat(options.root, "/uploads"), blobs_),
      catalog_(blobs_),
      exporter_(WithScratch(options.exporter, ScratchOf(options.root))),
      memory_(std::max(options.client_memory - kMaxBufferedBytes, options.client_memory / 2)),
      content_queue_({.name = "content", .parallel = options.content_threads, .max_waiting = kMaxWaitingCalls}),
      export_queue_({.name = "exports",
                     .parallel = options.parallel_exports,
                     .max_waiting = kMaxWaitingCalls,
                     .kind = oci::work::Pool::Kind::kLong}),
      content_service_({.blobs = blobs_,
                        .ingests = ingests_,
                        .catalog = catalog_,
                        .workplace = {content_gate_, content_queue_},
                        .memory = memory_}),
      export_service_({.job = {.exporter = exporter_,
                               .blobs = blobs_,
                               .scratch = ScratchOf(options.root),
                               .new_output = options.new_output,
                               .layouts = options.layouts},
                       .workplace = {export_gate_, export_queue_},
                       .memory = memory_,
                       .client_patience = options.client_patience,
                       .on_end = options.on_export_end,
                       .capabilities = CapabilitiesOf(options)}) {}

Server::~Server() { Drain(absl::ZeroDuration()); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Options& options) {
  if (options.listen.empty()) return oci::InvalidInputError("no address to listen on");
  ABSL_RETURN_IF_ERROR(CheckLayouts(options.layouts));
  ABSL_ASSIGN_OR_RETURN(oci::file::Fd lock, OpenRoot(options.root));
  std::unique_ptr<Server> server(new Server(options, std::move(lock)));
  ABSL_RETURN_IF_ERROR(server->ExpireUploads(absl::Now()));
  ABSL_RETURN_IF_ERROR(server->Listen(options));
  return server;
}

absl::Status Server::ExpireUploads(absl::Time now) { return ingests_.Expire(now - keep_uploads_); }

absl::Status Server::Listen(const Options& options) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  Configure(builder);
  builder.RegisterService(&content_service_);
  builder.RegisterService(&export_service_);
  ABSL_ASSIGN_OR_RETURN(listener_, rpc::listen::Listener::Create({.addresses = options.listen,
                                                                  .group = options.group,
                                                                  .tcp_credentials = grpc::InsecureServerCredentials()},
                                                                 builder));
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) return oci::MakeError(oci::Reason::kInternal, "gRPC did not start");
  for (const absl::string_view service : {v1::Exporter::service_full_name(), Content::service_full_name()}) {
    server_->GetHealthCheckService()->SetServingStatus(std::string(service), true);
  }
  listener_->Start();
  return absl::OkStatus();
}

void Server::Drain(absl::Duration patience) {
  if (server_ == nullptr) return;
  const absl::Time end = absl::Now() + patience;
  listener_->Stop();
  server_->GetHealthCheckService()->SetServingStatus(false);
  export_gate_.Close(patience);
  content_gate_.Close(end - absl::Now());
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  server_.reset();
}

}  // namespace waybill::exporter::service
