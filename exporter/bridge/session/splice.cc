// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/session/splice.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "exporter/bridge/session/slice.h"

namespace waybill::exporter::bridge::session {
namespace {
constexpr size_t kMessageBytes = 64 << 10;
}  // namespace

Splice::Splice(Poller& poller, oci::io::Fd socket, oci::io::Fd twin, SliceStream& stream, Waits& waits)
    : poller_(poller),
      socket_(std::move(socket)),
      twin_(std::move(twin)),
      stream_(stream),
      waits_(waits),
      buffer_(kMessageBytes, '\0') {}

void Splice::Start() {
  absl::MutexLock lock(&mutex_);
  stream_.Read();
  DrainLocked();
}

void Splice::OnRead(bool ok, const grpc::ByteBuffer& message) {
  absl::StatusOr<std::string> bytes = ok ? DecodeSlice(message) : std::string();
  absl::MutexLock lock(&mutex_);
  if (!ok || !bytes.ok()) {
    shutdown(socket_.number(), SHUT_WR);
    return;
  }
  pending_ = *std::move(bytes);
  sent_ = 0;
  FillLocked();
}

void Splice::Fill() {
  absl::MutexLock lock(&mutex_);
  FillLocked();
}

void Splice::FillLocked() {
  while (sent_ < pending_.size()) {
    const ssize_t sent = send(socket_.number(), pending_.data() + sent_, pending_.size() - sent_, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN && WaitFor(socket_.number(), Poller::For::kWriting, filling_)) return;
    // Nobody reads the socket any more: the rest is dropped.
    sent_ = sent < 0 ? pending_.size() : sent_ + static_cast<size_t>(sent);
  }
  if (!detached_) stream_.Read();
}

void Splice::OnWritten(bool ok) {
  absl::MutexLock lock(&mutex_);
  writing_ = false;
  if (ok) DrainLocked();
}

void Splice::Drain() {
  absl::MutexLock lock(&mutex_);
  DrainLocked();
}

void Splice::DrainLocked() {
  if (detached_) return;
  ssize_t size = -1;
  do {
    size = recv(twin_.number(), buffer_.data(), buffer_.size(), 0);
  } while (size < 0 && errno == EINTR);
  if (size < 0 && errno == EAGAIN && WaitFor(twin_.number(), Poller::For::kReading, draining_)) return;
  if (size <= 0) {
    stream_.EndWrites();
    return;
  }
  outgoing_ = EncodeSlice(absl::string_view(buffer_.data(), static_cast<size_t>(size)));
  writing_ = true;
  stream_.Write(outgoing_);
}

bool Splice::WaitFor(int fd, Poller::For what, Direction& direction) {
  waits_.Take();
  if (poller_.Wait(fd, what, direction)) return true;
  waits_.Give();
  return false;
}

void Splice::Direction::OnReady() {
  Waits& waits = splice_.waits_;
  (splice_.*go_)();
  waits.Give();
}

void Splice::Shutdown() { shutdown(socket_.number(), SHUT_RDWR); }

bool Splice::Detach() {
  absl::MutexLock lock(&mutex_);
  detached_ = true;
  return writing_;
}

}  // namespace waybill::exporter::bridge::session
