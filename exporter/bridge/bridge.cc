// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/bridge.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "exporter/bridge/relay/endpoint.h"
#include "exporter/bridge/relay/limits.h"
#include "exporter/bridge/relay/refusal.h"
#include "exporter/bridge/relay/relay_call.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge {
namespace {
constexpr absl::string_view kSession = "/moby.buildkit.v1.Control/Session";
constexpr mode_t kSocketMode = 0660;
}  // namespace

absl::StatusOr<std::unique_ptr<Bridge>> Bridge::Start(const Options& options) {
  ABSL_ASSIGN_OR_RETURN(relay::Endpoint upstream, relay::Endpoint::Parse(options.upstream));
  std::unique_ptr<Bridge> bridge(new Bridge(std::move(upstream.grpc_target)));
  ABSL_ASSIGN_OR_RETURN(bridge->poller_, session::Poller::New());
  ABSL_RETURN_IF_ERROR(bridge->Listen(options.listen));
  return bridge;
}

Bridge::Bridge(std::string upstream_target)
    : upstream_target_(std::move(upstream_target)),
      upstream_(DialUpstream()),
      service_([this](grpc::GenericCallbackServerContext& call) { return Route(call); }) {}

Bridge::~Bridge() {
  if (server_ != nullptr) Drain(absl::Now());
}

void Bridge::Drain(absl::Time deadline) {
  server_->Shutdown(absl::ToChronoTime(deadline));
  server_->Wait();
}

absl::Status Bridge::Listen(const std::vector<std::string>& addresses) {
  grpc::ServerBuilder builder;
  relay::SetServerLimits(builder);
  // A second bridge on the same port must fail, not share it.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.RegisterCallbackGenericService(&service_);
  std::vector<relay::Endpoint> endpoints;
  std::vector<int> ports(addresses.size());
  for (size_t i = 0; i < addresses.size(); ++i) {
    ABSL_ASSIGN_OR_RETURN(relay::Endpoint endpoint, relay::Endpoint::Parse(addresses[i]));
    builder.AddListeningPort(endpoint.grpc_target, grpc::InsecureServerCredentials(), &ports[i]);
    endpoints.push_back(std::move(endpoint));
  }
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    return oci::MakeError(oci::Reason::kNetwork, absl::StrCat("cannot listen on ", absl::StrJoin(addresses, ", ")));
  }
  for (size_t i = 0; i < addresses.size(); ++i) {
    addresses_.push_back(endpoints[i].WithPort(ports[i]));
    const std::string& path = endpoints[i].unix_path;
    if (!path.empty() && chmod(path.c_str(), kSocketMode) != 0) return oci::ErrnoError(errno, "chmod " + path);
  }
  return absl::OkStatus();
}

std::shared_ptr<grpc::Channel> Bridge::DialUpstream() const {
  grpc::ChannelArguments args = relay::ChannelLimits();
  // A connection of its own: one build's context does not hold up another's flow control.
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(upstream_target_, grpc::InsecureChannelCredentials(), args);
}

grpc::ServerGenericBidiReactor* Bridge::Route(grpc::GenericCallbackServerContext& call) {
  if (call.method() == kSession) return OpenSession(call);
  return relay::RelayCall::Start(call, upstream_, {});
}

grpc::ServerGenericBidiReactor* Bridge::OpenSession(grpc::GenericCallbackServerContext& call) {
  absl::StatusOr<std::unique_ptr<session::Session>> session =
      session::Session::Open(call, {.poller = *poller_, .hooks = *this, .upstream = DialUpstream()});
  if (!session.ok()) return new relay::Refusal(relay::ToGrpc(session.status()));
  return sessions_.Add(*std::move(session)).Start();
}

void Bridge::Opened(const std::string&, std::shared_ptr<grpc::Channel>) {}

grpc::ServerGenericBidiReactor* Bridge::Answer(const std::string&, grpc::GenericCallbackServerContext&) {
  return nullptr;
}

}  // namespace waybill::exporter::bridge
