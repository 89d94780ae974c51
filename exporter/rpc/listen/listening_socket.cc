// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/listen/listening_socket.h"

#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::rpc::listen {
namespace {

constexpr mode_t kFileMode = 0660;

absl::Status ListenError(const Address& address, absl::string_view why) {
  return oci::MakeError(oci::Reason::kNetwork, absl::StrCat("listen on ", address.ToString(), ": ", why));
}

absl::Status ListenErrno(const Address& address, int number) {
  return ListenError(address, std::generic_category().message(number));
}

sockaddr_un FileAddress(const std::string& path) {
  sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = {}};
  std::strncpy(at.sun_path, path.c_str(), sizeof(at.sun_path) - 1);
  return at;
}

// Removes the file of a server that has gone.
absl::Status RemoveStale(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) {
    return errno == ENOENT ? absl::OkStatus() : oci::ErrnoError(errno, absl::StrCat("stat ", path));
  }
  if (!S_ISSOCK(info.st_mode)) return oci::InvalidInputError(absl::StrCat("listen on ", path, ": it is not a socket"));
  const oci::file::Fd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe.valid()) return oci::ErrnoError(errno, "socket");
  const sockaddr_un at = FileAddress(path);
  // EAGAIN: a server whose queue is full.
  if (connect(probe.number(), reinterpret_cast<const sockaddr*>(&at), sizeof(at)) == 0 || errno == EAGAIN) {
    return oci::InvalidInputError(absl::StrCat("listen on ", path, ": a server answers there already"));
  }
  if (errno != ECONNREFUSED) return oci::ErrnoError(errno, absl::StrCat("connect to ", path));
  if (unlink(path.c_str()) != 0) return oci::ErrnoError(errno, absl::StrCat("remove ", path));
  return absl::OkStatus();
}

absl::StatusOr<gid_t> FindGroup(const std::string& name) {
  gid_t number = 0;
  if (absl::SimpleAtoi(name, &number)) return number;
  const struct group* const found = getgrnam(name.c_str());  // at the start, when nobody else asks
  if (found != nullptr) return found->gr_gid;
  return oci::InvalidInputError(absl::StrCat("there is no group \"", name, "\""));
}

// The port of a bound socket; 0 when it has none.
int PortOf(const oci::file::Fd& fd) {
  sockaddr_storage bound = {};
  socklen_t size = sizeof(bound);
  if (getsockname(fd.number(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  return ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port
                                           : reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
}

bool SetOption(const oci::file::Fd& fd, int level, int name, int value) {
  return setsockopt(fd.number(), level, name, &value, sizeof(value)) == 0;
}

}  // namespace

absl::StatusOr<ListeningSocket> ListeningSocket::Listen(const Address& address, const std::string& group) {
  ListeningSocket socket(address);
  if (address.inherited_fd >= 0) {
    ABSL_RETURN_IF_ERROR(socket.TakeOver());
  } else {
    ABSL_RETURN_IF_ERROR(address.kind == Address::Kind::kUnix ? socket.ListenOnFile(group) : socket.ListenOnHost());
  }
  return socket;
}

ListeningSocket::~ListeningSocket() {
  if (!fd_.valid() || address_.kind != Address::Kind::kUnix) return;
  struct stat info;
  if (lstat(address_.location.c_str(), &info) == 0 && info.st_dev == device_ && info.st_ino == inode_) {
    unlink(address_.location.c_str());
  }
}

absl::Status ListeningSocket::ListenOnFile(const std::string& group) {
  const std::string& path = address_.location;
  gid_t owner = static_cast<gid_t>(-1);
  if (!group.empty()) {
    ABSL_ASSIGN_OR_RETURN(owner, FindGroup(group));
  }
  ABSL_RETURN_IF_ERROR(RemoveStale(path));
  oci::file::Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_un at = FileAddress(path);
  if (!fd.valid() || bind(fd.number(), reinterpret_cast<const sockaddr*>(&at), sizeof(at)) != 0) {
    return ListenErrno(address_, errno);
  }
  fd_ = std::move(fd);
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) return ListenErrno(address_, errno);
  device_ = info.st_dev;
  inode_ = info.st_ino;
  // Nobody can connect before listen.
  if (!group.empty() && lchown(path.c_str(), static_cast<uid_t>(-1), owner) != 0) {
    return oci::ErrnoError(errno, absl::StrCat("give ", path, " to group ", group));
  }
  if (chmod(path.c_str(), kFileMode) != 0) return oci::ErrnoError(errno, absl::StrCat("chmod ", path));
  if (::listen(fd_.number(), SOMAXCONN) != 0) return ListenErrno(address_, errno);
  return absl::OkStatus();
}

absl::Status ListeningSocket::TakeOver() {
  fd_ = oci::file::Fd(std::exchange(address_.inherited_fd, -1));
  const int flags = fcntl(fd_.number(), F_GETFL);
  if (flags < 0 || fcntl(fd_.number(), F_SETFL, flags | O_NONBLOCK) != 0 ||
      fcntl(fd_.number(), F_SETFD, FD_CLOEXEC) != 0) {
    return ListenErrno(address_, errno);
  }
  if (address_.kind == Address::Kind::kTcp && !SetOption(fd_, IPPROTO_TCP, TCP_NODELAY, 1)) {
    return ListenErrno(address_, errno);
  }
  return absl::OkStatus();
}

absl::Status ListeningSocket::ListenOnHost() {
  addrinfo hints = {};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int error = getaddrinfo(address_.Host().c_str(), address_.Port().c_str(), &hints, &list); error != 0) {
    return ListenError(address_, gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, freeaddrinfo);
  const addrinfo* where = list;
  while (where != nullptr && where->ai_family != AF_INET) where = where->ai_next;
  if (where == nullptr) where = list;
  fd_ = oci::file::Fd(socket(where->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // "[::]" takes IPv4 too. Small messages are not held back; connections inherit that.
  if (!fd_.valid() || !SetOption(fd_, SOL_SOCKET, SO_REUSEADDR, 1) || !SetOption(fd_, IPPROTO_TCP, TCP_NODELAY, 1) ||
      (where->ai_family == AF_INET6 && !SetOption(fd_, IPPROTO_IPV6, IPV6_V6ONLY, 0)) ||
      bind(fd_.number(), where->ai_addr, where->ai_addrlen) != 0 || ::listen(fd_.number(), SOMAXCONN) != 0) {
    return ListenErrno(address_, errno);
  }
  address_ = address_.WithPort(PortOf(fd_));
  return absl::OkStatus();
}

}  // namespace waybill::exporter::rpc::listen
