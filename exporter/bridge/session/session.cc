// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/session/session.h"

#include <grpcpp/create_channel_posix.h>
#include <grpcpp/server_posix.h>

#include <chrono>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "exporter/bridge/relay/limits.h"
#include "exporter/bridge/relay/metadata.h"
#include "exporter/bridge/relay/relay_call.h"
#include "exporter/bridge/session/socket_pair.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::session {
namespace {

constexpr absl::string_view kIdKey = "x-docker-expose-session-uuid";
constexpr char kMethodKey[] = "x-docker-expose-session-grpc-method";
// What the bridge answers in the client's place.
constexpr const char* kOwnMethods[] = {
    "/containerd.services.content.v1.Content/Write",
    "/moby.exporter.v1.Exporter/FindExporters",
    "/moby.exporter.v1.Exporter/FinalizeExport",
};

relay::Replacements WithOwnMethods(const grpc::ServerContextBase& context) {
  relay::Replacements methods;
  for (std::string& method : relay::Values(context.client_metadata(), kMethodKey)) {
    methods.emplace(kMethodKey, std::move(method));
  }
  for (const char* method : kOwnMethods) methods.emplace(kMethodKey, method);
  return methods;
}

}  // namespace

Tunnel::Tunnel(Session& session) : session_(session) { session_.Take(); }

Tunnel::~Tunnel() {
  session_.daemon_splice_->Shutdown();
  session_.Give();
}

std::string IdOf(const grpc::GenericCallbackServerContext& context) {
  return std::string(relay::FirstValue(context.client_metadata(), kIdKey));
}

absl::StatusOr<std::unique_ptr<Session>> Session::Open(grpc::GenericCallbackServerContext& context, Deps deps) {
  std::unique_ptr<Session> session(new Session(context, std::move(deps)));
  ABSL_RETURN_IF_ERROR(session->Connect());
  return session;
}

Session::Session(grpc::GenericCallbackServerContext& context, Deps deps)
    : context_(context),
      deps_(std::move(deps)),
      id_(IdOf(context)),
      upstream_(deps_.upstream),
      inner_service_([this](grpc::GenericCallbackServerContext& call) { return Route(call); }) {}

Session::~Session() {
  if (inner_server_ == nullptr) return;
  inner_server_->Shutdown(std::chrono::system_clock::now());
  inner_server_->Wait();
}

absl::Status Session::Connect() {
  ABSL_ASSIGN_OR_RETURN(SocketPair to_client, SocketPair::Make());
  ABSL_ASSIGN_OR_RETURN(SocketPair to_daemon, SocketPair::Make());
  Splice::Waits& waits = *this;
  client_splice_ = std::make_unique<Splice>(deps_.poller, std::move(to_client.our_end), std::move(to_client.our_twin),
                                            client_side_, waits);
  daemon_splice_ = std::make_unique<Splice>(deps_.poller, std::move(to_daemon.our_end), std::move(to_daemon.our_twin),
                                            daemon_side_, waits);
  client_channel_ =
      grpc::CreateCustomInsecureChannelFromFd("localhost", to_client.grpc_end.Release(), relay::ChannelLimits());
  grpc::ServerBuilder builder;
  relay::SetServerLimits(builder);
  builder.RegisterCallbackGenericService(&inner_service_);
  inner_server_ = builder.BuildAndStart();
  grpc::AddInsecureChannelFromFd(inner_server_.get(), to_daemon.grpc_end.Release());
  return absl::OkStatus();
}

grpc::ServerGenericBidiReactor* Session::Start() {
  relay::CopyRequest(context_, upstream_context_, WithOwnMethods(context_));
  {
    absl::MutexLock lock(&mutex_);
    tunnel_ = std::make_shared<Tunnel>(*this);  // see TunnelHold
    held_tunnel_ = tunnel_;
  }
  upstream_.PrepareBidiStreamingCall(&upstream_context_, context_.method(), {}, &daemon_side_);
  // Slices are written from the poller and the client's reactions. Kept until the daemon's last read.
  daemon_side_.AddHold();
  daemon_side_.StartCall();
  return &client_side_;
}

grpc::ServerGenericBidiReactor* Session::Route(grpc::GenericCallbackServerContext& call) {
  TunnelHold tunnel;
  {
    absl::MutexLock lock(&mutex_);
    tunnel = held_tunnel_.lock();
  }
  if (grpc::ServerGenericBidiReactor* own = deps_.hooks.Answer(id_, std::move(tunnel), call)) return own;
  return relay::RelayCall::Start(
      call, client_channel_, {.upstream_name = "the build client", .memory = deps_.memory, .client = context_.peer()});
}

void Session::OnClientRead(bool ok, const grpc::ByteBuffer& message) {
  client_splice_->OnRead(ok, message);
  // The client has closed its session: the daemon learns it by the end of ours, and ends the stream in turn.
  if (!ok) OnClientEnded();
}

void Session::OnClientCancelled() {
  {
    absl::MutexLock lock(&mutex_);
    if (ending_.ClientGone()) upstream_context_.TryCancel();
  }
  OnClientEnded();
}

void Session::OnClientEnded() {
  TunnelHold tunnel;
  {
    absl::MutexLock lock(&mutex_);
    if (!ending_.ClientEnded()) return;
    tunnel.swap(tunnel_);
    Take();
    grace_.Set(absl::ToChronoTime(absl::Now() + deps_.grace), [this](bool elapsed) {
      if (elapsed) OnGraceOver();
      Give();
    });
  }
  deps_.hooks.ClientEnded(id_, std::move(tunnel));
}

void Session::OnGraceOver() {
  daemon_splice_->Shutdown();
  absl::MutexLock lock(&mutex_);
  if (ending_.GraceOver()) upstream_context_.TryCancel();
}

void Session::OnClientWritten(bool ok) {
  client_splice_->OnWritten(ok);
  absl::MutexLock lock(&mutex_);
  if (!ending_.daemon_ended()) return;
  FinishClient(client_splice_->Detach());
}

void Session::OnDaemonHeaders(bool ok) {
  if (ok) {
    // Headers must be the first thing that the client is sent, so its splice starts after them.
    relay::CopyInitialMetadata(upstream_context_, context_);
    client_side_.StartSendInitialMetadata();
    client_splice_->Start();
  }
  daemon_splice_->Start();
}

void Session::OnDaemonRead(bool ok, const grpc::ByteBuffer& message) {
  daemon_splice_->OnRead(ok, message);
  if (ok) return;
  daemon_splice_->Detach();
  daemon_splice_->Shutdown();
  daemon_side_.RemoveHold();
}

void Session::OnDaemonDone(const grpc::Status& status) {
  client_splice_->Shutdown();
  TunnelHold tunnel;
  {
    absl::MutexLock lock(&mutex_);
    relay::CopyTrailingMetadata(upstream_context_, context_);
    final_ = status;
    ending_.DaemonEnded();
    FinishClient(client_splice_->Detach());
    tunnel.swap(tunnel_);
    grace_.Cancel();
  }
  tunnel.reset();
  Give();
}

void Session::FinishClient(bool writing) {
  if (writing || !ending_.WritesDone()) return;
  client_side_.Finish(final_);
}

void Session::Give() {
  if (uses_.fetch_sub(1) == 1) deps_.hooks.Ended(*this);
}

}  // namespace waybill::exporter::bridge::session
