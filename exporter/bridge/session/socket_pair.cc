// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/session/socket_pair.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>

#include "oci/error.h"

namespace waybill::exporter::bridge::session {

absl::StatusOr<SocketPair> SocketPair::Make() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
    return oci::ErrnoError(errno, "socketpair");
  }
  SocketPair pair{.grpc_end = oci::file::Fd(ends[0]), .our_end = oci::file::Fd(ends[1])};
  pair.our_twin = oci::file::Fd(fcntl(ends[1], F_DUPFD_CLOEXEC, 0));
  if (!pair.our_twin.valid()) return oci::ErrnoError(errno, "dup");
  return pair;
}

}  // namespace waybill::exporter::bridge::session
