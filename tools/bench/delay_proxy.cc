// SPDX-License-Identifier: Apache-2.0
#include "tools/bench/delay_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "oci/error.h"

namespace waybill::bench {
namespace {

using oci::file::Fd;

constexpr size_t kMaxWaiting = 16 << 20;  // per direction
constexpr size_t kReadBytes = 256 << 10;

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Connects before it becomes non-blocking: on this machine that takes no time.
Fd Connect(uint16_t port) {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = Loopback(port);
  if (!fd.valid() || connect(fd.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return Fd();
  return fd;
}

void SendAtOnce(const Fd& fd) {
  const int on = 1;
  setsockopt(fd.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool WouldBlock() { return errno == EAGAIN || errno == EINTR; }

}  // namespace

absl::StatusOr<std::unique_ptr<DelayProxy>> DelayProxy::Listen(const Options& options) {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address = Loopback(0);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (!fd.valid() || bind(fd.number(), generic, length) != 0 || listen(fd.number(), SOMAXCONN) != 0 ||
      getsockname(fd.number(), generic, &length) != 0) {
    return oci::ErrnoError(errno, "listen on 127.0.0.1");
  }
  return std::unique_ptr<DelayProxy>(new DelayProxy(std::move(fd), ntohs(address.sin_port), options));
}

void DelayProxy::Run() {
  while (true) {
    Wait();
    Accept();
    for (Link& link : links_) {
      for (Pipe* pipe : {&link.up, &link.down}) {
        Receive(*pipe, link.opened);
        Send(*pipe);
      }
    }
    links_.remove_if([](const Link& link) {
      const auto over = [](const Pipe& pipe) { return pipe.ended && pipe.chunks.empty(); };
      return link.up.broken || link.down.broken || (over(link.up) && over(link.down));
    });
  }
}

void DelayProxy::Accept() {
  while (true) {
    Fd client(accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client.valid()) return;
    Fd server = Connect(options_.server_port);
    if (!server.valid()) continue;
    SendAtOnce(client);
    SendAtOnce(server);
    const int up = client.number();
    const int down = server.number();
    links_.push_back({.client = std::move(client),
                      .server = std::move(server),
                      .opened = absl::Now(),
                      .up = {.from = up, .to = down},
                      .down = {.from = down, .to = up}});
  }
}

void DelayProxy::Receive(Pipe& pipe, absl::Time opened) {
  std::string bytes(kReadBytes, '\0');
  while (!pipe.ended && pipe.waiting < kMaxWaiting) {
    const ssize_t got = recv(pipe.from, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got < 0) {
      pipe.broken = !WouldBlock();
      return;
    }
    const absl::Time sent = std::max(absl::Now(), opened + options_.handshake);
    pipe.chunks.push_back({.due = sent + options_.round_trip / 2, .bytes = bytes.substr(0, static_cast<size_t>(got))});
    pipe.waiting += static_cast<size_t>(got);
    pipe.ended = got == 0;
  }
}

void DelayProxy::Send(Pipe& pipe) {
  while (!pipe.chunks.empty() && pipe.chunks.front().due <= absl::Now()) {
    std::string& bytes = pipe.chunks.front().bytes;
    if (bytes.empty()) {
      shutdown(pipe.to, SHUT_WR);
    } else {
      const ssize_t sent = send(pipe.to, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0) {
        pipe.broken = !WouldBlock();
        return;
      }
      pipe.waiting -= static_cast<size_t>(sent);
      bytes.erase(0, static_cast<size_t>(sent));
      if (!bytes.empty()) return;
    }
    pipe.chunks.pop_front();
  }
}

void DelayProxy::Wait() {
  std::vector<pollfd> fds = {{.fd = listener_.number(), .events = POLLIN, .revents = 0}};
  absl::Time next = absl::InfiniteFuture();
  const absl::Time now = absl::Now();
  for (const Link& link : links_) {
    for (const Pipe* pipe : {&link.up, &link.down}) {
      if (!pipe->ended && pipe->waiting < kMaxWaiting)
        fds.push_back({.fd = pipe->from, .events = POLLIN, .revents = 0});
      if (pipe->chunks.empty()) continue;
      if (pipe->chunks.front().due <= now) {
        fds.push_back({.fd = pipe->to, .events = POLLOUT, .revents = 0});
      } else {
        next = std::min(next, pipe->chunks.front().due);
      }
    }
  }
  const timespec rest = absl::ToTimespec(std::max(next - now, absl::ZeroDuration()));
  ppoll(fds.data(), fds.size(), next == absl::InfiniteFuture() ? nullptr : &rest, nullptr);
}

}  // namespace waybill::bench
