// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/bridge.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "exporter/bridge/calls/find_exporters_call.h"
#include "exporter/bridge/calls/solve_call.h"
#include "exporter/bridge/calls/status_call.h"
#include "exporter/bridge/calls/store_write.h"
#include "exporter/bridge/relay/limits.h"
#include "exporter/bridge/relay/metadata.h"
#include "exporter/bridge/relay/relay_call.h"
#include "exporter/bridge/store/daemon_process.h"
#include "exporter/request/metadata.h"
#include "exporter/rpc/client.h"
#include "exporter/rpc/listen/limits.h"
#include "exporter/rpc/message.h"
#include "exporter/rpc/propagation/propagation.h"
#include "exporter/rpc/raw_call.h"
#include "exporter/rpc/status.h"
#include "oci/content/store/file_store.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "proto/moby/exporter.grpc.pb.h"

namespace waybill::exporter::bridge {
namespace {
constexpr absl::string_view kSession = "/moby.buildkit.v1.Control/Session";
constexpr absl::string_view kSolve = "/moby.buildkit.v1.Control/Solve";
constexpr absl::string_view kStatus = "/moby.buildkit.v1.Control/Status";
constexpr absl::string_view kWrite = "/containerd.services.content.v1.Content/Write";
constexpr absl::string_view kFindExporters = "/moby.exporter.v1.Exporter/FindExporters";
constexpr absl::string_view kFinalizeExport = "/moby.exporter.v1.Exporter/FinalizeExport";
constexpr absl::string_view kStoreKey = "buildkit-attachable-store-id";
constexpr absl::string_view kExportStore = "export";
// The shares of Options::client_memory that the buffers of connections have: those of sockets' files, and two of IP
// addresses. Answers of the daemon have as much again.
constexpr double kFronts[] = {0.5, 0.25, 0.25};
// Of the same: whole messages on their way, of all clients and of one. They are in those buffers, where parts of other
// messages must have room.
constexpr double kHeld = 0.5;
constexpr double kHeldOfOne = 0.1875;

int64_t Share(int64_t client_memory, double share) {
  return static_cast<int64_t>(static_cast<double>(client_memory) * share);
}

// A store that cannot be read would only make builds slow: better said at once. A daemon that has not run yet has none,
// and a new one's is empty.
absl::StatusOr<std::unique_ptr<oci::content::store::FileStore>> OpenContentStore(const std::string& directory) {
  const std::filesystem::path blobs = std::filesystem::path(directory) / "blobs" / "sha256";
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name == "blobs" || name == "ingest") continue;
    return oci::InvalidInputError(absl::StrCat(directory, " is no content store: it holds ", name));
  }
  if (!error && exists(blobs, error)) std::filesystem::directory_iterator(blobs, error);
  if (error && error != std::errc::no_such_file_or_directory) {
    return oci::ErrnoError(error.value(), absl::StrCat("the daemon's content store ", directory));
  }
  return std::make_unique<oci::content::store::FileStore>(directory, oci::content::store::FileStore::Options());
}

// Exports; then tells the client's own session exporter, if there is one, as the daemon would have.
absl::Status FinalizeBuild(const oci::Context& context, builds::Build& build, const builds::ClientChannel& client,
                           const grpc::ByteBuffer& message) {
  moby::exporter::v1::FinalizeExportRequest request;
  if (!rpc::Decode(message, request)) return oci::InvalidInputError("not a FinalizeExport request");
  const solve::Response response(request.exporter_response().begin(), request.exporter_response().end());
  ABSL_RETURN_IF_ERROR(build.Export(context, client, response));
  if (!build.rewritten().client_exporters) return absl::OkStatus();
  rpc::ClientCall call(context);
  moby::exporter::v1::FinalizeExportResponse ignored;
  const absl::Status status =
      call.ToStatus(moby::exporter::v1::Exporter::NewStub(client)->FinalizeExport(&call.grpc(), request, &ignored));
  return absl::IsUnimplemented(status) ? absl::OkStatus() : status;
}

// The daemon takes some codes for "not supported" and goes on; this one fails the build.
void FailBuild(rpc::RawUnaryCall& call, const absl::Status& status) {
  call.Fail(rpc::ToGrpcAs(absl::StatusCode::kUnknown, status));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Bridge>> Bridge::Start(const Options& options, const Deps& deps) {
  ABSL_RETURN_IF_ERROR(rpc::listen::CheckTls(options.upstream_tls, {options.upstream}, "--upstream-tls"));
  Upstream upstream{.target = options.upstream.GrpcTarget(),
                    .server_name = options.upstream_tls.server_name,
                    .display_name = absl::StrCat("the BuildKit daemon at ", options.upstream.ToString())};
  ABSL_ASSIGN_OR_RETURN(upstream.credentials, rpc::listen::DialCredentials(options.upstream_tls));
  std::unique_ptr<Bridge> bridge(new Bridge(options, std::move(upstream), deps));
  ABSL_RETURN_IF_ERROR(bridge->OpenDaemonFiles(options));
  ABSL_ASSIGN_OR_RETURN(bridge->poller_, session::Poller::New());
  ABSL_RETURN_IF_ERROR(bridge->Listen(options));
  bridge->FindDaemonFiles();
  return bridge;
}

absl::Status Bridge::OpenDaemonFiles(const Options& options) {
  if (!options.content_directory.empty()) {
    ABSL_ASSIGN_OR_RETURN(daemon_files_, OpenContentStore(options.content_directory));
    return absl::OkStatus();
  }
  if (!options.find_content || options.upstream.kind != rpc::listen::Address::Kind::kUnix) return absl::OkStatus();
  daemon_content_ = std::make_unique<rpc::content::ContentClient>(DialUpstream(relay::ChannelLimits()),
                                                                  rpc::content::ContentClient::Options());
  auto files = std::make_unique<store::DaemonFiles>(
      store::DaemonFiles::Deps{.process = [socket = options.upstream.location] { return store::ProcessBehind(socket); },
                               .api = *daemon_content_,
                               .clock = deps_.clock,
                               .on_found =
                                   [note = deps_.note](absl::string_view directory) {
                                     if (note != nullptr)
                                       note(absl::StrCat("layers are read from the daemon's files in ", directory));
                                   }});
  found_files_ = files.get();
  daemon_files_ = std::move(files);
  return absl::OkStatus();
}

void Bridge::FindDaemonFiles() {
  if (found_files_ == nullptr) return;
  const absl::Status found = found_files_->Find(oci::Context());
  // A daemon that is not there yet is looked at when it builds.
  if (found.ok() || deps_.note == nullptr || oci::ReasonOf(found) == oci::Reason::kNetwork) return;
  deps_.note(absl::StrCat("layers are read through the daemon's API until its files are found: ", found.message()));
}

Bridge::Bridge(const Options& options, Upstream upstream, const Deps& deps)
    : daemon_(std::move(upstream)),
      compress_(options.compress),
      unpack_limits_(options.unpack_limits),
      spool_(options.spool_directory, options.spool_limit),
      deps_(deps),
      memory_(Share(options.client_memory, kHeld), Share(options.client_memory, kHeldOfOne)),
      builds_(deps.observer, deps.spans) {}

Bridge::Load Bridge::load() {
  return {.sessions = sessions_.size(),
          .builds = builds_.size(),
          .exports = builds_.exports(),
          .spool_bytes = spool_.taken()};
}

Bridge::~Bridge() {
  if (!fronts_.empty()) Drain(deps_.clock.Now());
}

void Bridge::Settle(absl::Duration settle, absl::Time deadline) {
  listener_->Stop();
  arrivals_.AwaitQuiet(settle, deadline, [this](absl::Time until) { solves_.AwaitNone(until); });
}

void Bridge::Drain(absl::Time deadline) {
  listener_->Stop();
  // The server would refuse every new call, and a running build makes many.
  solves_.Drain(deadline);
  for (const std::unique_ptr<Front>& front : fronts_) {
    front->server->Shutdown(absl::ToChronoTime(deadline));
    front->server->Wait();
  }
}

absl::Status Bridge::Listen(const Options& options) {
  ABSL_RETURN_IF_ERROR(rpc::listen::CheckTls(options.tls, options.listen, "--tls"));
  ABSL_ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ServerCredentials> credentials,
                        rpc::listen::ListenerCredentials(options.tls));
  ABSL_ASSIGN_OR_RETURN(listener_, rpc::listen::Listener::Create({.addresses = options.listen,
                                                                  .group = options.group,
                                                                  .tcp_credentials = credentials,
                                                                  .allowed = options.allowed}));
  for (const double share : kFronts) ABSL_RETURN_IF_ERROR(StartFront(Share(options.client_memory, share)));
  listener_->Start();
  return absl::OkStatus();
}

absl::Status Bridge::StartFront(int64_t buffered) {
  grpc::ChannelArguments limits = relay::ChannelLimits();
  rpc::listen::SetAnswerLimits(limits, buffered);
  const size_t number = upstreams_.size();
  upstreams_.push_back(DialUpstream(std::move(limits)));
  auto front = std::make_unique<Front>(
      [this, number](grpc::GenericCallbackServerContext& call) { return Route(call, upstreams_[number]); });
  grpc::ServerBuilder builder;
  relay::SetServerLimits(builder);
  rpc::listen::SetListenerLimits(builder, buffered);
  builder.RegisterCallbackGenericService(&front->service);
  listener_->Attach(builder);
  front->server = builder.BuildAndStart();
  if (front->server == nullptr) return oci::MakeError(oci::Reason::kInternal, "gRPC did not start");
  fronts_.push_back(std::move(front));
  return absl::OkStatus();
}

std::shared_ptr<grpc::Channel> Bridge::DialUpstream(grpc::ChannelArguments arguments) const {
  // One build's context does not hold up another's flow control.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  if (!daemon_.server_name.empty()) arguments.SetSslTargetNameOverride(daemon_.server_name);
  return grpc::CreateCustomChannel(daemon_.target, daemon_.credentials, arguments);
}

grpc::ServerGenericBidiReactor* Bridge::Route(grpc::GenericCallbackServerContext& call,
                                              const std::shared_ptr<grpc::Channel>& upstream) {
  arrivals_.Add();
  if (call.method() == kSession) return OpenSession(call);
  relay::RelayCall::Options options{.upstream_name = daemon_.display_name, .memory = &memory_};
  if (call.method() == kSolve) {
    options.interceptor = std::make_unique<calls::SolveCall>(
        calls::SolveCall::Deps{.solves = solves_,
                               .builds = builds_,
                               .sessions = sessions_,
                               .settings = {.compress = compress_},
                               .build = {.daemon = upstream,
                                         .outputs = deps_.outputs,
                                         .clock = deps_.clock,
                                         .spool = spool_,
                                         .encoders = encoders_,
                                         .daemon_files = daemon_files_.get(),
                                         .on_export_end = deps_.on_export_end,
                                         .observer = deps_.observer,
                                         .unpack_limits = unpack_limits_,
                                         .caller = rpc::propagation::CallersTrace(call.client_metadata())}});
  } else if (call.method() == kStatus) {
    options.interceptor = std::make_unique<calls::StatusCall>(builds_);
  }
  return relay::RelayCall::Start(call, upstream, std::move(options));
}

grpc::ServerGenericBidiReactor* Bridge::OpenSession(grpc::GenericCallbackServerContext& call) {
  if (!solves_.TakesSession(session::IdOf(call))) return new rpc::RawRefusal(call, calls::ShuttingDown());
  absl::StatusOr<std::unique_ptr<session::Session>> session = session::Session::Open(
      call, {.poller = *poller_, .hooks = *this, .upstream = DialUpstream(relay::ChannelLimits()), .memory = &memory_});
  if (!session.ok()) return new rpc::RawRefusal(call, rpc::ToGrpc(session.status()));
  return sessions_.Add(*std::move(session)).Start();
}

grpc::ServerGenericBidiReactor* Bridge::Answer(const std::string& id, session::TunnelHold tunnel,
                                               grpc::GenericCallbackServerContext& call) {
  const bool write = call.method() == kWrite && relay::FirstValue(call.client_metadata(), kStoreKey) == kExportStore;
  if (!write && call.method() != kFindExporters && call.method() != kFinalizeExport) return nullptr;
  std::shared_ptr<builds::Build> build = builds_.OfSession(id);
  if (build == nullptr) return nullptr;
  if (write) return new calls::StoreWrite(call, builds_, std::move(build));
  if (call.method() == kFinalizeExport) return Finalize(call, std::move(build), std::move(tunnel));
  if (build->rewritten().client_exporters) {
    std::shared_ptr<grpc::Channel> client = sessions_.Client(id);
    if (client == nullptr) return nullptr;
    relay::RelayCall::Options options{.interceptor = std::make_unique<calls::FindExportersCall>(std::move(build)),
                                      .upstream_name = "the build client",
                                      .memory = &memory_};
    return relay::RelayCall::Start(call, std::move(client), std::move(options));
  }
  return new rpc::RawUnaryCall(call, [build](rpc::RawUnaryCall& find, const grpc::ByteBuffer& message) {
    moby::exporter::v1::FindExportersRequest built;
    if (!rpc::Decode(message, built)) {
      return find.Fail(rpc::ToGrpc(oci::InvalidInputError("not a FindExporters request")));
    }
    build->reports().SetMetadata(request::Metadata(built.metadata().begin(), built.metadata().end()));
    find.Answer(rpc::Encode(moby::exporter::v1::FindExportersResponse()));
  });
}

void Bridge::ClientEnded(const std::string& id, session::TunnelHold tunnel) {
  if (const std::shared_ptr<builds::Build> build = builds_.OfSession(id)) build->stop().Abandon(std::move(tunnel));
}

// The handler lives until the daemon has its answer, and keeps the tunnel open for that.
grpc::ServerGenericBidiReactor* Bridge::Finalize(const grpc::CallbackServerContext& context,
                                                 std::shared_ptr<builds::Build> build, session::TunnelHold tunnel) {
  return new rpc::RawUnaryCall(
      context, [this, build, tunnel](rpc::RawUnaryCall& call, const grpc::ByteBuffer& message) {
        const absl::Status taken = builds_.Run(build, call.stop_token(), [=, this, &call](const oci::Context& work) {
          absl::Status status =
              FinalizeBuild(work, *build, sessions_.Client(build->rewritten().request.session()), message);
          if (status.ok()) {
            call.Answer(rpc::Encode(moby::exporter::v1::FinalizeExportResponse()));
          } else {
            FailBuild(call, status);
          }
          return status;
        });
        if (!taken.ok()) FailBuild(call, taken);
      });
}

}  // namespace waybill::exporter::bridge
