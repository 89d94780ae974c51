// SPDX-License-Identifier: Apache-2.0
// One gRPC call of any kind (unary or streaming), passed on to another server message by message without looking
// inside: metadata, deadline, half-close, trailers, status with its details, cancellation both ways.
#ifndef WAYBILL_EXPORTER_BRIDGE_RELAY_RELAY_CALL_H_
#define WAYBILL_EXPORTER_BRIDGE_RELAY_RELAY_CALL_H_

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <deque>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "exporter/bridge/relay/metadata.h"
#include "exporter/rpc/admission/client_memory.h"
#include "exporter/rpc/server_call.h"

namespace waybill::exporter::bridge::relay {

class RelayCall;

// Looks into one relayed call and changes what passes. Called on gRPC threads, so nothing here may block; one call at
// a time per direction. Destroyed with the call.
class Interceptor {
 public:
  virtual ~Interceptor() = default;
  // A message on its way up. An error ends the call with it.
  virtual grpc::Status Request(RelayCall& call, grpc::ByteBuffer& message) = 0;
  // A message on its way back; false swallows it.
  virtual bool Response(RelayCall& call, grpc::ByteBuffer& message) = 0;
  // Upstream has ended with `status`. False keeps the caller waiting until RelayCall::Finish.
  virtual bool End(RelayCall& call, grpc::Status& status) = 0;
};

// The caller's side is the call itself: made by Start, gone when that side is done, which ends last. So a server that
// has shut down has no calls left, and whoever owns it is the last to hold the channel. (gRPC must not drop the last
// channel on a thread of its own.)
class RelayCall final : private rpc::ServerCall<grpc::ServerGenericBidiReactor> {
 public:
  struct Options {
    Replacements replaced_metadata;
    // Null for a call that nobody looks into.
    std::unique_ptr<Interceptor> interceptor;
    // The next server, in the error of a call that finds it gone. Empty: such errors stay as they are.
    std::string upstream_name;
    // Counts the messages, both ways, while the call holds them; a call beyond it ends with UNAVAILABLE. Must outlive
    // the call. Null: nothing is counted.
    rpc::admission::ClientMemory* memory = nullptr;
    // For whom (ServerContext::peer). Empty: for the caller.
    std::string client;
  };
  // Passes the call in `context` on to `channel`. The result is the reactor for gRPC.
  static grpc::ServerGenericBidiReactor* Start(grpc::GenericCallbackServerContext& context,
                                               std::shared_ptr<grpc::ChannelInterface> channel, Options options);

  // Sends a message of one's own to the caller, in order with the relayed ones; dropped when the call is over.
  // From any thread while the call lives: until the interceptor is destroyed, or until Finish for a held call.
  void Inject(grpc::ByteBuffer message);
  // Ends a call whose interceptor returned false from End. The call may be gone when this returns.
  void Finish(grpc::Status status);
  // Stops when the caller goes away.
  using ServerCall::stop_token;

 private:
  // Towards the next server.
  class Up : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
   public:
    explicit Up(RelayCall& call) : call_(call) {}
    void OnReadInitialMetadataDone(bool ok) override { call_.OnHeaders(ok); }
    void OnReadDone(bool ok) override { call_.OnResponseRead(ok); }
    void OnWriteDone(bool ok) override { call_.OnRequestWritten(ok); }
    void OnDone(const grpc::Status& status) override { call_.OnUpstreamDone(status); }

   private:
    RelayCall& call_;
  };
  struct Message {
    grpc::ByteBuffer bytes;
    rpc::admission::ClientMemory::Hold hold;
  };
  // Messages in one direction: at most one read and one write at a time, and a short queue between them.
  struct Direction {
    // Whether the next message is read while others wait: few, and not behind a large one.
    bool MayRead() const;

    std::deque<Message> queue;
    grpc::ByteBuffer incoming;
    Message outgoing;
    bool reading = false;
    bool writing = false;
    bool ended = false;   // the source gives no more
    bool closed = false;  // the sink takes no more
  };

  RelayCall(grpc::GenericCallbackServerContext& context, std::shared_ptr<grpc::ChannelInterface> channel,
            Options options);

  // Towards the caller.
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;

  void OnRequestWritten(bool ok);
  void OnHeaders(bool ok);
  void OnResponseRead(bool ok);
  void OnUpstreamDone(const grpc::Status& status);
  // The message with what it holds, or none when there is no memory for it: then the call has begun to end.
  std::optional<Message> Hold(grpc::ByteBuffer bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends the call with this status, once upstream has ended.
  void Refuse(grpc::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // With the upstream's name, when it is not there.
  grpc::Status Named(const grpc::Status& status) const;
  void PumpUp() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Starts what can be started; when all is written and the call is over, ends it. The last thing a caller does.
  void PumpDown() ABSL_LOCKS_EXCLUDED(mutex_);
  // The status to end with, once.
  std::optional<grpc::Status> StartDown() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  grpc::GenericCallbackServerContext& context_;
  grpc::GenericStub stub_;
  grpc::ClientContext upstream_context_;
  const std::string upstream_name_;
  rpc::admission::ClientMemory* const memory_;
  const std::string client_;
  Up up_{*this};

  absl::Mutex mutex_;
  Direction requests_ ABSL_GUARDED_BY(mutex_);
  Direction responses_ ABSL_GUARDED_BY(mutex_);
  bool headers_sent_ ABSL_GUARDED_BY(mutex_) = false;
  bool headers_read_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<grpc::Status> refusal_ ABSL_GUARDED_BY(mutex_);  // the interceptor's error, or there is no memory
  std::optional<grpc::Status> final_ ABSL_GUARDED_BY(mutex_);    // set once: what the caller gets
  bool finishing_ ABSL_GUARDED_BY(mutex_) = false;

  // Last, so that it is destroyed first: until then others may inject.
  const std::unique_ptr<Interceptor> interceptor_;
};

}  // namespace waybill::exporter::bridge::relay

#endif  // WAYBILL_EXPORTER_BRIDGE_RELAY_RELAY_CALL_H_
