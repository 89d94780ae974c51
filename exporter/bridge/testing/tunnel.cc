// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/testing/tunnel.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <utility>

namespace waybill::exporter::bridge::testing {

Tunnel::Tunnel(size_t piece) : piece_(piece) {
  int ends[2] = {-1, -1};
  socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  grpc_end_ = oci::file::Fd(ends[0]);
  our_end_ = oci::file::Fd(ends[1]);
}

Tunnel::~Tunnel() {
  Shutdown();
  Join();
}

void Tunnel::Start(Stream stream) {
  stream_ = std::move(stream);
  filler_ = std::jthread([this] { Fill(); });
  drainer_ = std::jthread([this] { Drain(); });
}

void Tunnel::Shutdown() { shutdown(our_end_.number(), SHUT_RDWR); }

void Tunnel::Join() {
  if (filler_.joinable()) filler_.join();
  if (drainer_.joinable()) drainer_.join();
}

void Tunnel::Fill() {
  std::string bytes;
  while (stream_.receive(bytes)) {
    size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t count = send(our_end_.number(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count < 0) break;
      sent += static_cast<size_t>(count);
    }
  }
  Shutdown();
}

void Tunnel::Drain() {
  std::string bytes(piece_, '\0');
  while (true) {
    bytes.resize(piece_);
    const ssize_t count = recv(our_end_.number(), bytes.data(), bytes.size(), 0);
    if (count <= 0) break;
    bytes.resize(static_cast<size_t>(count));
    if (!stream_.send(bytes)) break;
  }
  stream_.end_sends();
}

}  // namespace waybill::exporter::bridge::testing
