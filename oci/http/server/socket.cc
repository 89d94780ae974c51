// SPDX-License-Identifier: Apache-2.0
#include "oci/http/server/socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::http::server {
namespace {

absl::Status SocketError(absl::string_view attempted) {
  return errno == EAGAIN ? MakeError(Reason::kTimeout, absl::StrCat(attempted, ": took too long"))
                         : MakeError(Reason::kNetwork, ErrnoError(errno, attempted).message());
}

void SetTimeLimit(int fd, int option, absl::Duration limit) {
  const timeval value = absl::ToTimeval(limit);
  setsockopt(fd, SOL_SOCKET, option, &value, sizeof value);
}

struct AddressList {
  explicit AddressList(addrinfo* list) : first(list) {}
  ~AddressList() { freeaddrinfo(first); }
  AddressList(const AddressList&) = delete;
  AddressList& operator=(const AddressList&) = delete;
  addrinfo* first;
};

absl::StatusOr<std::string> LocalAddress(int fd) {
  sockaddr_storage address = {};
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (getsockname(fd, generic, &length) != 0) return SocketError("getsockname");
  std::array<char, NI_MAXHOST> host = {};
  std::array<char, NI_MAXSERV> port = {};
  if (getnameinfo(generic, length, host.data(), host.size(), port.data(), port.size(),
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return MakeError(Reason::kNetwork, "no numeric form of the listening address");
  }
  return address.ss_family == AF_INET6 ? absl::StrCat("[", host.data(), "]:", port.data())
                                       : absl::StrCat(host.data(), ":", port.data());
}

}  // namespace

Socket::Socket(int fd, absl::Duration limit) : fd_(fd) {
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  SetTimeLimit(fd_, SO_RCVTIMEO, limit);
  SetTimeLimit(fd_, SO_SNDTIMEO, limit);
}

Socket::~Socket() { Close(); }

absl::StatusOr<size_t> Socket::Read(absl::Span<char> buffer) {
  ssize_t got;
  do {
    got = recv(fd_, buffer.data(), buffer.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return SocketError("read from client");
  return static_cast<size_t>(got);
}

absl::Status Socket::Write(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return SocketError("write to client");
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return absl::OkStatus();
}

void Socket::Interrupt() {
  absl::MutexLock lock(&mutex_);
  if (!closed_) shutdown(fd_, SHUT_RDWR);
}

void Socket::Close() {
  absl::MutexLock lock(&mutex_);
  if (!closed_) close(fd_);
  closed_ = true;
}

void Socket::ResetOnClose() {
  const linger now = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void Socket::LingerAfterReply(absl::Duration limit) {
  shutdown(fd_, SHUT_WR);
  SetTimeLimit(fd_, SO_RCVTIMEO, limit);
  std::array<char, 64 << 10> ignored;
  int64_t rest = 64 << 20;
  while (rest > 0) {
    const absl::StatusOr<size_t> got = Read(absl::MakeSpan(ignored));
    if (!got.ok() || *got == 0) return;
    rest -= static_cast<int64_t>(*got);
  }
}

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(absl::string_view address) {
  const size_t colon = address.rfind(':');
  if (colon == absl::string_view::npos) {
    return InvalidInputError(absl::StrCat("listening address \"", address, "\" is not HOST:PORT"));
  }
  const std::string host(absl::StripSuffix(absl::StripPrefix(address.substr(0, colon), "["), "]"));
  const std::string port(address.substr(colon + 1));
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int failed = getaddrinfo(host.empty() ? nullptr : host.c_str(), port.c_str(), &hints, &found)) {
    return InvalidInputError(absl::StrCat("listening address \"", address, "\": ", gai_strerror(failed)));
  }
  const AddressList list(found);
  const int fd = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, found->ai_protocol);
  if (fd < 0) return SocketError("socket");
  std::unique_ptr<Listener> listener(new Listener(fd, ""));
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0) {
    return SocketError(absl::StrCat("listen on ", address));
  }
  ABSL_ASSIGN_OR_RETURN(listener->address_, LocalAddress(fd));
  return listener;
}

Listener::~Listener() { close(fd_); }

absl::StatusOr<int> Listener::Accept() {
  int fd;
  do {
    fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  } while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
  if (fd < 0) return SocketError("accept");
  return fd;
}

void Listener::Interrupt() { shutdown(fd_, SHUT_RDWR); }

}  // namespace waybill::oci::http::server
