// SPDX-License-Identifier: Apache-2.0
// A proxy in front of a BuildKit daemon: clients build through it as they would on the daemon.
#ifndef WAYBILL_EXPORTER_BRIDGE_BRIDGE_H_
#define WAYBILL_EXPORTER_BRIDGE_BRIDGE_H_

#include <grpcpp/grpcpp.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "exporter/bridge/builds/build.h"
#include "exporter/bridge/builds/builds.h"
#include "exporter/bridge/builds/running_solves.h"
#include "exporter/bridge/builds/spool.h"
#include "exporter/bridge/outputs/build_outputs.h"
#include "exporter/bridge/relay/relay_service.h"
#include "exporter/bridge/session/poller.h"
#include "exporter/bridge/session/session.h"
#include "exporter/bridge/session/session_table.h"
#include "exporter/bridge/store/daemon_files.h"
#include "exporter/export_end.h"
#include "exporter/layers/encoders.h"
#include "exporter/rpc/admission/arrivals.h"
#include "exporter/rpc/admission/client_memory.h"
#include "exporter/rpc/content/content_client.h"
#include "exporter/rpc/listen/address.h"
#include "exporter/rpc/listen/allowed_peers.h"
#include "exporter/rpc/listen/listener.h"
#include "exporter/rpc/listen/tls.h"
#include "oci/clock.h"
#include "oci/content/content.h"
#include "oci/observer.h"
#include "oci/trace/span.h"
#include "oci/unpack_limits.h"
#include "oci/work/queue.h"

namespace waybill::exporter::bridge {

class Bridge final : private session::SessionHooks {
 public:
  struct Options {
    std::vector<rpc::listen::Address> listen;
    std::string group;  // of sockets; "" for the process's own
    rpc::listen::AllowedPeers allowed = {};
    rpc::listen::TlsFiles tls;           // for tcp addresses
    rpc::listen::Address upstream;       // the daemon
    rpc::listen::TlsFiles upstream_tls;  // when that is tcp
    std::string content_directory;  // the daemon's content store, where we can read it (blobs/sha256/); "" for nowhere
    bool compress = false;          // compressor=waybill is the default of every exporter that waybill does
    bool find_content = false;      // without a directory: look for it where the daemon's socket leads
    std::string spool_directory;    // for layers that the daemon does not give to read
    int64_t spool_limit = 0;        // bytes that they may take
    int64_t client_memory = int64_t{256} << 20;  // bytes of clients' messages and their answers on their way
    oci::UnpackLimits unpack_limits = {};        // of each layer that is converted
  };
  struct Deps {
    outputs::BuildOutputs& outputs;
    oci::Clock& clock;
    ExportEndSink on_export_end = nullptr;  // once for each exporter that begins; may be null
    oci::Observer* observer = nullptr;      // of exports; the same; outlives the bridge
    oci::trace::SpanSink* spans = nullptr;  // the same
    // Told in one line how layers are read, when the bridge starts to look and when it finds the store; may be null.
    std::function<void(absl::string_view line)> note = nullptr;
  };
  // What it holds now.
  struct Load {
    size_t sessions = 0;
    size_t builds = 0;  // that waybill exports for
    oci::work::Queue::Load exports;
    int64_t spool_bytes = 0;
  };
  // Listens at once; the daemon need not be there yet. Errors: those of rpc::ListeningSocket::Listen; INVALID_ARGUMENT
  // for TLS without a tcp address; STORAGE when `content_directory` cannot be read; it need not be there yet.
  static absl::StatusOr<std::unique_ptr<Bridge>> Start(const Options& options, const Deps& deps);
  // Ends what runs and waits for it.
  ~Bridge() override;

  // Where it listens, in the order of Options::listen, ports filled in.
  std::vector<rpc::listen::Address> addresses() const { return listener_->addresses(); }
  // Thread-safe.
  Load load();
  // Accepts no more connections, and serves those that there are until no build runs and no call has come for `settle`,
  // or until the deadline. Before Drain, where another process goes on with the listening sockets.
  void Settle(absl::Duration settle, absl::Time deadline);
  // Takes no new builds and lets those that run, with all that they still call, go on until `deadline`.
  void Drain(absl::Time deadline);

 private:
  // The server for some of the clients (rpc::listen::Listener). Their calls go to the daemon on a connection of its
  // own.
  struct Front {
    explicit Front(relay::Route route) : service(std::move(route)) {}

    relay::RelayService service;
    std::unique_ptr<grpc::Server> server;
  };
  // A daemon as gRPC dials it.
  struct Upstream {
    std::string target;
    std::shared_ptr<grpc::ChannelCredentials> credentials;  // gRPC's own handle
    std::string server_name;
    std::string display_name;
  };

  Bridge(const Options& options, Upstream upstream, const Deps& deps);
  // Makes daemon_files_, which finds the store at once or later.
  absl::Status OpenDaemonFiles(const Options& options);
  void FindDaemonFiles();
  absl::Status Listen(const Options& options);
  absl::Status StartFront(int64_t buffered);
  grpc::ServerGenericBidiReactor* Route(grpc::GenericCallbackServerContext& call,
                                        const std::shared_ptr<grpc::Channel>& upstream);
  grpc::ServerGenericBidiReactor* OpenSession(grpc::GenericCallbackServerContext& call);
  // A connection of its own; `arguments` add to the bridge's own.
  std::shared_ptr<grpc::Channel> DialUpstream(grpc::ChannelArguments arguments) const;

  grpc::ServerGenericBidiReactor* Answer(const std::string& id, session::TunnelHold tunnel,
                                         grpc::GenericCallbackServerContext& call) override;
  void ClientEnded(const std::string& id, session::TunnelHold tunnel) override;
  void Ended(session::Session& session) override { sessions_.Retire(session); }
  // The session's call after a build: exports, and answers when that is done.
  grpc::ServerGenericBidiReactor* Finalize(const grpc::CallbackServerContext& context,
                                           std::shared_ptr<builds::Build> build, session::TunnelHold tunnel);

  const Upstream daemon_;
  const bool compress_;
  const oci::UnpackLimits unpack_limits_;
  builds::SpoolSpace spool_;
  layers::Encoders encoders_;
  std::unique_ptr<rpc::content::ContentClient> daemon_content_;  // what found_files_ is compared with
  store::DaemonFiles* found_files_ = nullptr;                    // daemon_files_, when they are found and not named
  std::unique_ptr<oci::content::Fetcher> daemon_files_;          // null when we do not read them
  const Deps deps_;
  rpc::admission::ClientMemory memory_;
  rpc::admission::Arrivals arrivals_;
  std::vector<std::shared_ptr<grpc::Channel>> upstreams_;  // gRPC's own handles, one for each front
  std::unique_ptr<session::Poller> poller_;
  builds::RunningSolves solves_;
  builds::Builds builds_;
  session::SessionTable sessions_;
  std::unique_ptr<rpc::listen::Listener> listener_;
  std::vector<std::unique_ptr<Front>> fronts_;
};

}  // namespace waybill::exporter::bridge

#endif  // WAYBILL_EXPORTER_BRIDGE_BRIDGE_H_
