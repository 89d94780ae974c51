// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/listen/listener.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::rpc::listen {
namespace {

// How long to wait for a free descriptor, or for memory, before the next attempt.
constexpr int kBackOffMilliseconds = 100;

// The server, of so many, for a client at this address.
size_t ServerOf(const sockaddr_storage& client, size_t servers) {
  if (servers == 1) return 0;
  if (client.ss_family == AF_INET) {
    const auto& at = reinterpret_cast<const sockaddr_in&>(client);
    return 1 + absl::HashOf(at.sin_addr.s_addr) % (servers - 1);
  }
  if (client.ss_family == AF_INET6) {
    const auto& at = reinterpret_cast<const sockaddr_in6&>(client).sin6_addr;
    return 1 + absl::HashOf(absl::string_view(reinterpret_cast<const char*>(&at), sizeof(at))) % (servers - 1);
  }
  return 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Create(const Options& options) {
  oci::file::Fd end(eventfd(0, EFD_CLOEXEC));
  if (!end.valid()) return oci::ErrnoError(errno, "eventfd");
  std::unique_ptr<Listener> listener(new Listener(options, std::move(end)));
  for (const Address& address : options.addresses) {
    ABSL_ASSIGN_OR_RETURN(ListeningSocket socket, ListeningSocket::Listen(address, options.group));
    listener->sockets_.push_back(std::move(socket));
  }
  return listener;
}

void Listener::Attach(grpc::ServerBuilder& builder) {
  using Type = grpc::ServerBuilder::experimental_type::ExternalConnectionType;
  Acceptors acceptors;
  acceptors.unix_sockets =
      builder.experimental().AddExternalConnectionAcceptor(Type::FROM_FD, grpc::InsecureServerCredentials());
  acceptors.tcp = builder.experimental().AddExternalConnectionAcceptor(Type::FROM_FD, tcp_credentials_);
  servers_.push_back(std::move(acceptors));
}

std::vector<Address> Listener::addresses() const {
  std::vector<Address> addresses;
  for (const ListeningSocket& socket : sockets_) addresses.push_back(socket.address());
  return addresses;
}

void Listener::Start() {
  first_servers_ = servers_.size();
  thread_ = std::jthread([this] { Accept(); });
}

void Listener::Stop() {
  if (thread_.joinable()) {
    const uint64_t one = 1;
    // Cannot fail: the counter is 0.
    if (write(end_.number(), &one, sizeof(one)) == sizeof(one)) thread_.join();
  }
  sockets_.clear();
}

void Listener::Accept() {
  std::vector<pollfd> fds = {{.fd = end_.number(), .events = POLLIN, .revents = 0}};
  for (const ListeningSocket& socket : sockets_) {
    fds.push_back({.fd = socket.fd().number(), .events = POLLIN, .revents = 0});
  }
  bool exhausted = false;
  while (true) {
    // While it backs off, only the end is worth waking up for.
    if (poll(fds.data(), exhausted ? 1 : fds.size(), exhausted ? kBackOffMilliseconds : -1) < 0) continue;  // EINTR
    if (fds[0].revents != 0) return;
    const bool all = std::exchange(exhausted, false);
    for (size_t i = 0; i < sockets_.size(); ++i) {
      if (all || fds[i + 1].revents != 0) exhausted |= !AcceptOne(sockets_[i]);
    }
  }
}

bool Listener::AcceptOne(const ListeningSocket& socket) {
  sockaddr_storage client = {};
  socklen_t size = sizeof(client);
  const int fd =
      accept4(socket.fd().number(), reinterpret_cast<sockaddr*>(&client), &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
  // The other errors are of a connection that is gone already.
  if (fd < 0) return errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM;
  const bool is_file = socket.address().kind == Address::Kind::kUnix;
  if (is_file && !allowed_.Allow(fd)) {
    close(fd);
    return true;
  }
  Acceptor::NewConnectionParameters connection;
  connection.listener_fd = socket.fd().number();
  connection.fd = fd;
  const Acceptors& server = servers_[is_file ? ServerOfUser(fd) : ServerOf(client, first_servers_)];
  (is_file ? server.unix_sockets : server.tcp)->HandleNewConnection(&connection);
  return true;
}

size_t Listener::ServerOfUser(int socket) {
  const std::optional<uid_t> user = UserAt(socket);
  if (serve_user_ == nullptr || !user.has_value()) return 0;
  const auto known = user_servers_.find(*user);
  if (known != user_servers_.end()) return known->second;
  if (user_servers_.size() >= kMaxUsers || !serve_user_(*user).ok()) return 0;
  return user_servers_[*user] = servers_.size() - 1;
}

}  // namespace waybill::exporter::rpc::listen
