// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/session/splice.h"

#include <grpc/slice.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "exporter/bridge/session/slice.h"

namespace waybill::exporter::bridge::session {
namespace {

// A message takes what the socket holds, up to kMost: few messages cost little. kLeast avoids a message for each byte.
constexpr size_t kMost = 256 << 10, kLeast = 4 << 10;

struct Received {
  int error;          // errno, or 0
  grpc::Slice bytes;  // none at the end
};

Received Receive(int fd) {
  int waiting = 0;
  ioctl(fd, FIONREAD, &waiting);
  grpc_slice memory = grpc_slice_malloc(std::clamp(static_cast<size_t>(waiting), kLeast, kMost));
  ssize_t size = -1;
  do {
    size = recv(fd, GRPC_SLICE_START_PTR(memory), GRPC_SLICE_LENGTH(memory), 0);
  } while (size < 0 && errno == EINTR);
  const int error = size < 0 ? errno : 0;
  memory = grpc_slice_sub_no_ref(memory, 0, size < 0 ? 0 : static_cast<size_t>(size));
  return {error, grpc::Slice(memory, grpc::Slice::STEAL_REF)};
}

}  // namespace

Splice::Splice(Poller& poller, oci::file::Fd socket, oci::file::Fd twin, SliceStream& stream, Waits& waits)
    : poller_(poller), socket_(std::move(socket)), twin_(std::move(twin)), stream_(stream), waits_(waits) {}

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
  const Received received = Receive(twin_.number());
  if (received.error == EAGAIN && WaitFor(twin_.number(), Poller::For::kReading, draining_)) return;
  if (received.bytes.size() == 0) {
    stream_.EndWrites();
    return;
  }
  outgoing_ = EncodeSlice(received.bytes);
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
