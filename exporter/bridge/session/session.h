// SPDX-License-Identifier: Apache-2.0
// One client session, ended in the middle. A BuildKit session is an HTTP/2 connection inside a gRPC stream, over which
// the daemon calls services of the client. Here the daemon's end of it is a gRPC server of ours and the client's end a
// channel of ours, so that single calls can be answered by the bridge; all others are relayed.
#ifndef WAYBILL_EXPORTER_BRIDGE_SESSION_SESSION_H_
#define WAYBILL_EXPORTER_BRIDGE_SESSION_SESSION_H_

#include <grpcpp/alarm.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "exporter/bridge/relay/relay_service.h"
#include "exporter/bridge/session/ending.h"
#include "exporter/bridge/session/poller.h"
#include "exporter/bridge/session/splice.h"
#include "exporter/rpc/admission/client_memory.h"

namespace waybill::exporter::bridge::session {

class Session;

// Keeps the daemon's end of a session open after the client's, while it lives and for Session::Deps::grace at most. The
// daemon takes a call that ends with its session for one that the client does not know. Thread-safe.
class Tunnel {
 public:
  explicit Tunnel(Session& session);
  ~Tunnel();
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;

 private:
  Session& session_;
};
// Shared by the session and the calls of the daemon that need it. Null when the daemon's end is closing.
using TunnelHold = std::shared_ptr<Tunnel>;

// What the bridge does with sessions. Called on gRPC threads; must not block.
class SessionHooks {
 public:
  virtual ~SessionHooks() = default;
  // The reactor for a call of the daemon that the bridge answers itself, or null to pass it on to the client. `tunnel`
  // is for calls whose answer has to arrive.
  virtual grpc::ServerGenericBidiReactor* Answer(const std::string& id, TunnelHold tunnel,
                                                 grpc::GenericCallbackServerContext& call) = 0;
  // The client has closed the session, or is gone. Once, unless the daemon was first.
  virtual void ClientEnded(const std::string& id, TunnelHold tunnel) = 0;
  // Both streams are over. Destroy the session soon, on a thread that may block.
  virtual void Ended(Session& session) = 0;
};

// The id of the session that a call of Control.Session opens.
std::string IdOf(const grpc::GenericCallbackServerContext& context);

// Lives from Open until after Ended. Destroying it ends the daemon's calls and waits for them.
class Session final : private Splice::Waits {
 public:
  struct Deps {
    Poller& poller;
    SessionHooks& hooks;
    std::shared_ptr<grpc::ChannelInterface> upstream;  // gRPC's own handle
    absl::Duration grace = absl::Seconds(2);
    rpc::admission::ClientMemory* memory =
        nullptr;  // counts the messages of the daemon's calls for the client; null: nothing does
  };
  // `context` is the client's call of Control.Session.
  static absl::StatusOr<std::unique_ptr<Session>> Open(grpc::GenericCallbackServerContext& context, Deps deps);
  ~Session() override;

  const std::string& id() const { return id_; }
  // The way to the client's services. Shared: exports go on with it while the session may end.
  const std::shared_ptr<grpc::Channel>& client() const { return client_channel_; }
  // Starts everything; the result is the reactor for gRPC. Once.
  grpc::ServerGenericBidiReactor* Start();

 private:
  friend class Tunnel;
  // The stream to the client.
  class ClientSide : public grpc::ServerGenericBidiReactor, public SliceStream {
   public:
    explicit ClientSide(Session& session) : session_(session) {}
    void Read() override { StartRead(&incoming_); }
    void Write(const grpc::ByteBuffer& message) override { StartWrite(&message); }
    void EndWrites() override {}
    void OnReadDone(bool ok) override { session_.OnClientRead(ok, incoming_); }
    void OnWriteDone(bool ok) override { session_.OnClientWritten(ok); }
    void OnCancel() override { session_.OnClientCancelled(); }
    void OnDone() override { session_.Give(); }

   private:
    Session& session_;
    grpc::ByteBuffer incoming_;
  };
  // The stream to the daemon.
  class DaemonSide : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>, public SliceStream {
   public:
    explicit DaemonSide(Session& session) : session_(session) {}
    void Read() override { StartRead(&incoming_); }
    void Write(const grpc::ByteBuffer& message) override { StartWrite(&message); }
    void EndWrites() override { StartWritesDone(); }
    void OnReadInitialMetadataDone(bool ok) override { session_.OnDaemonHeaders(ok); }
    void OnReadDone(bool ok) override { session_.OnDaemonRead(ok, incoming_); }
    void OnWriteDone(bool ok) override { session_.daemon_splice_->OnWritten(ok); }
    void OnDone(const grpc::Status& status) override { session_.OnDaemonDone(status); }

   private:
    Session& session_;
    grpc::ByteBuffer incoming_;
  };

  Session(grpc::GenericCallbackServerContext& context, Deps deps);
  absl::Status Connect();
  grpc::ServerGenericBidiReactor* Route(grpc::GenericCallbackServerContext& call);
  void OnClientRead(bool ok, const grpc::ByteBuffer& message);
  void OnClientWritten(bool ok);
  void OnClientCancelled();
  void OnClientEnded();
  void OnGraceOver();
  void OnDaemonHeaders(bool ok);
  void OnDaemonRead(bool ok, const grpc::ByteBuffer& message);
  void OnDaemonDone(const grpc::Status& status);
  // Ends the client's stream once nothing is being written to it.
  void FinishClient(bool writing) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What still uses the session: the two streams, waits for sockets, the tunnel, the running grace. The last that
  // gives up its use reports the session as ended.
  void Take() override { uses_.fetch_add(1); }
  void Give() override;

  grpc::GenericCallbackServerContext& context_;
  const Deps deps_;
  const std::string id_;
  grpc::GenericStub upstream_;
  grpc::ClientContext upstream_context_;
  ClientSide client_side_{*this};
  DaemonSide daemon_side_{*this};
  std::unique_ptr<Splice> client_splice_;
  std::unique_ptr<Splice> daemon_splice_;
  std::shared_ptr<grpc::Channel> client_channel_;  // gRPC's own handle
  relay::RelayService inner_service_;
  std::unique_ptr<grpc::Server> inner_server_;
  std::atomic<int> uses_{2};
  grpc::Alarm grace_;  // runs from the client's end

  absl::Mutex mutex_;
  Ending ending_ ABSL_GUARDED_BY(mutex_);
  TunnelHold tunnel_ ABSL_GUARDED_BY(mutex_);                  // until either end ends
  std::weak_ptr<Tunnel> held_tunnel_ ABSL_GUARDED_BY(mutex_);  // of the calls that are answered afterwards
  grpc::Status final_ ABSL_GUARDED_BY(mutex_);                 // the daemon's, once it has ended
};

}  // namespace waybill::exporter::bridge::session

#endif  // WAYBILL_EXPORTER_BRIDGE_SESSION_SESSION_H_
