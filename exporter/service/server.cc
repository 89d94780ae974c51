// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/server.h"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "oci/error.h"
#include "oci/io/fd.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service {
namespace {

constexpr mode_t kSocketMode = 0660;
constexpr size_t kMaxWaitingCalls = 1000;
// Results with very many attributes still fit; blobs come in messages of about 1 MiB.
constexpr int kMaxRequestBytes = 16 << 20;
constexpr int kMaxMetadataBytes = 64 << 10;
// Finds clients whose machine went away without a word.
constexpr int kKeepaliveMilliseconds = 60'000;
constexpr int kKeepaliveTimeoutMilliseconds = 20'000;

void Configure(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMilliseconds);
  // Two servers on one TCP port would share its clients.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);  // reflection alone is not on the callback API
}

}  // namespace

Server::Server(const Options& options)
    : blobs_(options.root, {}),
      ingests_(absl::StrCat(options.root, "/uploads"), blobs_),
      catalog_(blobs_),
      content_executor_("content", options.content_threads, kMaxWaitingCalls),
      content_({.blobs = blobs_, .ingests = ingests_, .catalog = catalog_, .executor = content_executor_}) {}

Server::~Server() { Drain(absl::ZeroDuration()); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Options& options) {
  if (options.listen.empty()) return oci::InvalidInputError("no address to listen on");
  ABSL_RETURN_IF_ERROR(oci::io::MakeDirectories(options.root));
  std::unique_ptr<Server> server(new Server(options));
  ABSL_RETURN_IF_ERROR(server->ingests_.Expire(absl::Now() - options.keep_uploads));
  ABSL_RETURN_IF_ERROR(server->Listen(options.listen));
  return server;
}

absl::Status Server::Listen(const std::vector<Address>& addresses) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  Configure(builder);
  builder.RegisterService(&content_);
  std::vector<int> ports(addresses.size());
  for (size_t i = 0; i < addresses.size(); ++i) {
    if (addresses[i].kind == Address::Kind::kUnix) ABSL_RETURN_IF_ERROR(RemoveStaleSocket(addresses[i].location));
    builder.AddListeningPort(addresses[i].GrpcTarget(), grpc::InsecureServerCredentials(), &ports[i]);
  }
  server_ = builder.BuildAndStart();
  for (size_t i = 0; i < addresses.size(); ++i) {
    Address address = addresses[i];
    if (server_ == nullptr || ports[i] <= 0) {
      return oci::StorageError(absl::StrCat("listen on ", address.ToString(), ": the address cannot be bound"));
    }
    if (address.kind == Address::Kind::kTcp) {
      address.location = absl::StrCat(address.location.substr(0, address.location.rfind(':') + 1), ports[i]);
    } else if (chmod(address.location.c_str(), kSocketMode) != 0) {
      return oci::ErrnoError(errno, absl::StrCat("chmod ", address.location));
    }
    addresses_.push_back(std::move(address));
  }
  return absl::OkStatus();
}

void Server::Drain(absl::Duration patience) {
  if (server_ == nullptr) return;
  server_->GetHealthCheckService()->SetServingStatus(false);
  server_->Shutdown(absl::ToChronoTime(absl::Now() + patience));
  server_->Wait();
  server_.reset();
}

}  // namespace waybill::exporter::service
