// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/address.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "oci/error.h"
#include "oci/io/fd.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service {
namespace {

constexpr size_t kMaxPathBytes = sizeof(sockaddr_un::sun_path) - 1;

absl::Status BadAddress(absl::string_view text, absl::string_view why) {
  return oci::InvalidInputError(
      absl::StrCat("address \"", text, "\": ", why, "; expected unix:///path or tcp://host:port"));
}

absl::Status ListenError(const Address& address, absl::string_view why) {
  return oci::MakeError(oci::Reason::kNetwork, absl::StrCat("listen on ", address.ToString(), ": ", why));
}

// Binds a socket, and says how that went.
absl::Status TryToBind(const Address& address, const sockaddr* where, socklen_t size) {
  const oci::io::Fd fd(socket(where->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return absl::OkStatus();  // without IPv6, gRPC takes IPv4
  const int reuse = 1;
  if (setsockopt(fd.number(), SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse)) == 0 &&
      bind(fd.number(), where, size) == 0) {
    return absl::OkStatus();
  }
  return ListenError(address, std::generic_category().message(errno));
}

}  // namespace

absl::StatusOr<Address> Address::Parse(absl::string_view text) {
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "unix://")) {
    if (rest.empty() || rest.front() != '/') return BadAddress(text, "the path is not absolute");
    if (rest.size() > kMaxPathBytes) {
      return BadAddress(text, absl::StrCat("the path has more than ", kMaxPathBytes, " bytes"));
    }
    return Address{.kind = Kind::kUnix, .location = std::string(rest)};
  }
  if (!absl::ConsumePrefix(&rest, "tcp://")) return BadAddress(text, "unknown scheme");
  const size_t colon = rest.rfind(':');
  uint32_t port = 0;
  if (colon == absl::string_view::npos || colon == 0 || !absl::SimpleAtoi(rest.substr(colon + 1), &port) ||
      port > 65535) {
    return BadAddress(text, "no host and port");
  }
  return Address{.kind = Kind::kTcp, .location = std::string(rest)};
}

std::string Address::GrpcTarget() const { return kind == Kind::kUnix ? absl::StrCat("unix:", location) : location; }

std::string Address::ToString() const { return absl::StrCat(kind == Kind::kUnix ? "unix://" : "tcp://", location); }

absl::Status CheckFree(const Address& address) {
  if (address.kind == Address::Kind::kUnix) {
    ABSL_RETURN_IF_ERROR(RemoveStaleSocket(address.location));
    sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = {}};
    std::strncpy(at.sun_path, address.location.c_str(), kMaxPathBytes);
    ABSL_RETURN_IF_ERROR(TryToBind(address, reinterpret_cast<const sockaddr*>(&at), sizeof(at)));
    return unlink(at.sun_path) == 0 ? absl::OkStatus() : ListenError(address, std::generic_category().message(errno));
  }
  const std::string host(
      absl::StripSuffix(absl::StripPrefix(address.location.substr(0, address.location.rfind(':')), "["), "]"));
  const std::string port = address.location.substr(address.location.rfind(':') + 1);
  addrinfo hints = {};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &list); error != 0) {
    return ListenError(address, gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, freeaddrinfo);
  return TryToBind(address, list->ai_addr, list->ai_addrlen);
}

absl::Status RemoveStaleSocket(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) {
    return errno == ENOENT ? absl::OkStatus() : oci::ErrnoError(errno, absl::StrCat("stat ", path));
  }
  if (!S_ISSOCK(info.st_mode)) return oci::InvalidInputError(absl::StrCat("listen on ", path, ": it is not a socket"));
  const oci::io::Fd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!probe.valid()) return oci::ErrnoError(errno, "socket");
  sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
  std::strncpy(address.sun_path, path.c_str(), kMaxPathBytes);
  if (connect(probe.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    return oci::InvalidInputError(absl::StrCat("listen on ", path, ": a server answers there already"));
  }
  if (errno != ECONNREFUSED) return oci::ErrnoError(errno, absl::StrCat("connect to ", path));
  if (unlink(path.c_str()) != 0) return oci::ErrnoError(errno, absl::StrCat("remove ", path));
  return absl::OkStatus();
}

}  // namespace waybill::exporter::service
