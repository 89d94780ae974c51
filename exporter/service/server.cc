// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/server.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "exporter/options.h"
#include "exporter/rpc/limits.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "oci/error.h"
#include "oci/io/fd.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service {
namespace {

constexpr size_t kMaxWaitingCalls = 1000;
// Results with very many attributes still fit; blobs come in messages of about 1 MiB.
constexpr int kMaxRequestBytes = 16 << 20;

void Configure(grpc::ServerBuilder& builder) {
  rpc::SetListenerLimits(builder);
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);  // reflection alone is not on the callback API
}

std::string ScratchOf(const std::string& root) { return absl::StrCat(root, "/scratch"); }

Exporter::Deps WithScratch(Exporter::Deps deps, std::string directory) {
  deps.scratch_directory = std::move(directory);
  return deps;
}

v1::GetCapabilitiesResponse CapabilitiesOf(const Server::Options& options) {
  v1::GetCapabilitiesResponse capabilities;
  capabilities.set_version(options.version);
  for (const ExporterType type : {ExporterType::kDocker, ExporterType::kImage, ExporterType::kOci}) {
    capabilities.add_types(std::string(TypeName(type)));
  }
  for (const int version : {10, 20, kCurrentCompatibility}) capabilities.add_compatibility_versions(version);
  for (const std::string& path : options.layouts) capabilities.add_layout_paths(path);
  capabilities.set_parallel_exports(options.parallel_exports);
  return capabilities;
}

// Held as long as the service runs: two on one directory would spoil each other's uploads.
absl::StatusOr<oci::io::Fd> LockRoot(const std::string& root) {
  const std::string path = absl::StrCat(root, "/lock");
  oci::io::Fd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return oci::ErrnoError(errno, absl::StrCat("open ", path));
  if (flock(fd.number(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno != EWOULDBLOCK) return oci::ErrnoError(errno, absl::StrCat("lock ", path));
  return oci::InvalidInputError(absl::StrCat("root ", root, ": another service uses it"));
}

// What a process that ended in the middle of exports left behind.
absl::Status RemoveLeftovers(const std::string& root) {
  for (const std::string& directory : {ScratchOf(root), absl::StrCat(root, "/ingest")}) {
    std::error_code error;
    std::filesystem::remove_all(directory, error);
    if (error) return oci::ErrnoError(error.value(), absl::StrCat("remove ", directory));
  }
  return absl::OkStatus();
}

}  // namespace

Server::Server(const Options& options, oci::io::Fd lock)
    : lock_(std::move(lock)),
      blobs_(options.root, {}),
      ingests_(absl::StrCat(options.root, "/uploads"), blobs_),
      catalog_(blobs_),
      exporter_(WithScratch(options.exporter, ScratchOf(options.root))),
      content_executor_("content", options.content_threads, kMaxWaitingCalls),
      export_executor_("exports", options.parallel_exports, kMaxWaitingCalls),
      content_service_({.blobs = blobs_, .ingests = ingests_, .catalog = catalog_, .executor = content_executor_}),
      export_service_({.job = {.exporter = exporter_,
                               .blobs = blobs_,
                               .scratch = ScratchOf(options.root),
                               .new_output = options.new_output,
                               .layouts = options.layouts},
                       .executor = export_executor_,
                       .capabilities = CapabilitiesOf(options)}) {}

Server::~Server() { Drain(absl::ZeroDuration()); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Options& options) {
  if (options.listen.empty()) return oci::InvalidInputError("no address to listen on");
  ABSL_RETURN_IF_ERROR(oci::io::MakeDirectories(options.root));
  ABSL_ASSIGN_OR_RETURN(oci::io::Fd lock, LockRoot(options.root));
  ABSL_RETURN_IF_ERROR(RemoveLeftovers(options.root));
  ABSL_RETURN_IF_ERROR(oci::io::MakeDirectories(ScratchOf(options.root)));
  std::unique_ptr<Server> server(new Server(options, std::move(lock)));
  ABSL_RETURN_IF_ERROR(server->ingests_.Expire(absl::Now() - options.keep_uploads));
  ABSL_RETURN_IF_ERROR(server->Listen(options));
  return server;
}

absl::Status Server::Listen(const Options& options) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  Configure(builder);
  builder.RegisterService(&content_service_);
  builder.RegisterService(&export_service_);
  ABSL_ASSIGN_OR_RETURN(listener_, rpc::Listener::Create({.addresses = options.listen,
                                                          .group = options.group,
                                                          .tcp_credentials = grpc::InsecureServerCredentials()},
                                                         builder));
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) return oci::MakeError(oci::Reason::kInternal, "gRPC did not start");
  listener_->Start();
  return absl::OkStatus();
}

void Server::Drain(absl::Duration patience) {
  if (server_ == nullptr) return;
  listener_->Stop();
  server_->GetHealthCheckService()->SetServingStatus(false);
  server_->Shutdown(absl::ToChronoTime(absl::Now() + patience));
  server_->Wait();
  server_.reset();
}

}  // namespace waybill::exporter::service
