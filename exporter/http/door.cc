// SPDX-License-Identifier: Apache-2.0
#include "exporter/http/door.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>

#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::http {
namespace {

using boost::system::error_code;
using rpc::listen::Address;

// How long to wait for a free descriptor, or for memory, before the next attempt.
constexpr std::chrono::milliseconds kBackOff(100);
// Connections that are accepted before others get their turn.
constexpr int kAtOnce = 16;

}  // namespace

absl::StatusOr<std::unique_ptr<Door>> Door::Listen(boost::asio::io_context& io, const Address& address,
                                                   const std::string& group, Admit admit) {
  ABSL_ASSIGN_OR_RETURN(rpc::listen::ListeningSocket socket, rpc::listen::ListeningSocket::Listen(address, group));
  std::unique_ptr<Door> door(new Door(io, std::move(socket), std::move(admit)));
  // A descriptor of its own, which closes without the other's file being removed.
  oci::file::Fd own(fcntl(door->socket_.fd().number(), F_DUPFD_CLOEXEC, 0));
  if (!own.valid()) return oci::ErrnoError(errno, "fcntl");
  error_code error;
  door->descriptor_.assign(own.number(), error);
  if (error) return oci::ErrnoError(error.value(), "epoll_ctl");
  (void)own.Release();
  return door;
}

void Door::Shut() {
  error_code ignored;
  timer_.cancel(ignored);
  descriptor_.close(ignored);
}

void Door::Wait() {
  descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
    if (!error) AcceptSome();
  });
}

void Door::AcceptSome() {
  for (int accepted = 0; accepted < kAtOnce; ++accepted) {
    sockaddr_storage client = {};
    socklen_t size = sizeof(client);
    oci::file::Fd fd(accept4(descriptor_.native_handle(), reinterpret_cast<sockaddr*>(&client), &size,
                             SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (fd.valid()) {
      const bool is_file = address().kind == Address::Kind::kUnix;
      admit_(is_file ? AF_UNIX : client.ss_family, !is_file && address().IsLocal(), std::move(fd));
      continue;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      timer_.expires_after(kBackOff);
      timer_.async_wait([this](const error_code& error) {
        if (!error) AcceptSome();
      });
      return;
    }
    // The other errors are of a connection that is gone already.
    if (errno == EAGAIN || errno == EWOULDBLOCK) break;
  }
  Wait();
}

}  // namespace waybill::exporter::http
