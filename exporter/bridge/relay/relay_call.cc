// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/relay/relay_call.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "exporter/rpc/status.h"

namespace waybill::exporter::bridge::relay {
namespace {
// Messages waiting between a read and a write; more would only hide a slow receiver from the sender.
constexpr size_t kQueued = 2;
// Nor is a message read behind one of this size, which takes memory enough by itself.
constexpr size_t kLargeBytes = 1 << 20;
}  // namespace

bool RelayCall::Direction::MayRead() const {
  if (reading || ended || queue.size() >= kQueued) return false;
  size_t bytes = writing ? outgoing.bytes.Length() : 0;
  for (const Message& message : queue) bytes += message.bytes.Length();
  return bytes < kLargeBytes;
}

grpc::ServerGenericBidiReactor* RelayCall::Start(grpc::GenericCallbackServerContext& context,
                                                 std::shared_ptr<grpc::ChannelInterface> channel, Options options) {
  auto* call = new RelayCall(context, std::move(channel), std::move(options));
  call->stub_.PrepareBidiStreamingCall(&call->upstream_context_, context.method(), {}, &call->up_);
  // Requests are written from the caller's reactions, outside the upstream ones. Kept until upstream's last read.
  call->up_.AddHold();
  call->up_.StartCall();
  absl::MutexLock lock(&call->mutex_);
  call->PumpUp();
  return call;
}

RelayCall::RelayCall(grpc::GenericCallbackServerContext& context, std::shared_ptr<grpc::ChannelInterface> channel,
                     Options options)
    : ServerCall(context),
      context_(context),
      stub_(std::move(channel)),
      upstream_name_(std::move(options.upstream_name)),
      memory_(options.memory),
      client_(options.client.empty() ? context.peer() : std::move(options.client)),
      interceptor_(std::move(options.interceptor)) {
  CopyRequest(context, upstream_context_, options.replaced_metadata);
}

void RelayCall::PumpUp() {
  Direction& lane = requests_;
  if (!lane.writing && !lane.closed) {
    if (!lane.queue.empty()) {
      lane.outgoing = std::move(lane.queue.front());
      lane.queue.pop_front();
      lane.writing = true;
      up_.StartWrite(&lane.outgoing.bytes);
    } else if (lane.ended) {
      lane.closed = true;
      up_.StartWritesDone();
    }
  }
  if (lane.MayRead() && !finishing_) {
    lane.reading = true;
    StartRead(&lane.incoming);
  }
}

void RelayCall::PumpDown() {
  std::optional<grpc::Status> end;
  {
    absl::MutexLock lock(&mutex_);
    end = StartDown();
  }
  // Outside the lock: after Finish the call may be deleted by another thread at any moment.
  if (end.has_value()) ServerCall::Finish(*end);
}

std::optional<grpc::Status> RelayCall::StartDown() {
  Direction& lane = responses_;
  if (!lane.writing && !lane.queue.empty() && !finishing_) {
    lane.outgoing = std::move(lane.queue.front());
    lane.queue.pop_front();
    lane.writing = true;
    headers_sent_ = true;
    StartWrite(&lane.outgoing.bytes);
  }
  if (headers_read_ && lane.MayRead()) {
    lane.reading = true;
    up_.StartRead(&lane.incoming);
  }
  if (!final_.has_value() || lane.writing || !lane.queue.empty() || finishing_) return std::nullopt;
  finishing_ = true;
  return final_;
}

void RelayCall::OnReadDone(bool ok) {
  grpc::ByteBuffer message;
  {
    absl::MutexLock lock(&mutex_);
    if (!ok) {
      requests_.reading = false;
      requests_.ended = true;
      PumpUp();
      return;
    }
    message.Swap(&requests_.incoming);
  }
  const grpc::Status verdict = interceptor_ ? interceptor_->Request(*this, message) : grpc::Status::OK;
  absl::MutexLock lock(&mutex_);
  // Only now: a read started earlier could overtake this message on another thread.
  requests_.reading = false;
  if (!verdict.ok()) return Refuse(verdict);
  std::optional<Message> held = Hold(std::move(message));
  if (!held.has_value()) return;
  requests_.queue.push_back(*std::move(held));
  PumpUp();
}

std::optional<RelayCall::Message> RelayCall::Hold(grpc::ByteBuffer bytes) {
  Message message{std::move(bytes), {}};
  if (memory_ == nullptr) return message;
  absl::StatusOr<rpc::admission::ClientMemory::Hold> hold =
      memory_->Take(client_, static_cast<int64_t>(message.bytes.Length()));
  if (!hold.ok()) {
    Refuse(rpc::ToGrpc(hold.status()));
    return std::nullopt;
  }
  message.hold = *std::move(hold);
  return message;
}

void RelayCall::Refuse(grpc::Status status) {
  if (!refusal_.has_value()) refusal_ = std::move(status);
  requests_.ended = requests_.closed = true;
  requests_.queue.clear();
  upstream_context_.TryCancel();
}

void RelayCall::OnRequestWritten(bool ok) {
  absl::MutexLock lock(&mutex_);
  requests_.writing = false;
  requests_.outgoing = Message();
  if (!ok) requests_.closed = true;
  PumpUp();
}

void RelayCall::OnHeaders(bool ok) {
  {
    absl::MutexLock lock(&mutex_);
    headers_read_ = true;
    if (ok && !headers_sent_) {
      headers_sent_ = true;
      CopyInitialMetadata(upstream_context_, context_);
      StartSendInitialMetadata();
    }
  }
  PumpDown();
}

void RelayCall::OnResponseRead(bool ok) {
  grpc::ByteBuffer message;
  {
    absl::MutexLock lock(&mutex_);
    if (!ok) {
      responses_.reading = false;
      responses_.ended = true;
      requests_.closed = true;
      up_.RemoveHold();
      return;
    }
    message.Swap(&responses_.incoming);
  }
  const bool passes = interceptor_ == nullptr || interceptor_->Response(*this, message);
  {
    absl::MutexLock lock(&mutex_);
    responses_.reading = false;
    std::optional<Message> held;
    if (passes && !refusal_.has_value()) held = Hold(std::move(message));
    if (held.has_value()) responses_.queue.push_back(*std::move(held));
  }
  PumpDown();
}

void RelayCall::OnWriteDone(bool ok) {
  {
    absl::MutexLock lock(&mutex_);
    responses_.writing = false;
    responses_.outgoing = Message();
    if (!ok) {
      responses_.queue.clear();
      upstream_context_.TryCancel();
    }
  }
  PumpDown();
}

grpc::Status RelayCall::Named(const grpc::Status& status) const {
  // A broken connection has no details, and its message ("Socket closed") does not say whose it was.
  const bool named = upstream_name_.empty() || !status.error_details().empty();
  if (status.error_code() != grpc::StatusCode::UNAVAILABLE || named) return status;
  return {status.error_code(), absl::StrCat(upstream_name_, ": ", status.error_message())};
}

void RelayCall::OnUpstreamDone(const grpc::Status& status) {
  grpc::Status final = Named(status);
  {
    absl::MutexLock lock(&mutex_);
    if (refusal_.has_value()) final = *refusal_;
    CopyTrailingMetadata(upstream_context_, context_);
  }
  // Either way the call may be gone afterwards: who holds it finishes it on another thread.
  if (interceptor_ == nullptr || interceptor_->End(*this, final)) Finish(std::move(final));
}

void RelayCall::OnCancel() {
  RequestStop();
  upstream_context_.TryCancel();
}

void RelayCall::Inject(grpc::ByteBuffer message) {
  absl::MutexLock lock(&mutex_);
  if (final_.has_value()) return;
  responses_.queue.push_back({std::move(message), {}});
  StartDown();
}

void RelayCall::Finish(grpc::Status status) {
  std::optional<grpc::Status> end;
  {
    absl::MutexLock lock(&mutex_);
    final_ = std::move(status);
    end = StartDown();
  }
  if (end.has_value()) ServerCall::Finish(*end);
}

}  // namespace waybill::exporter::bridge::relay
