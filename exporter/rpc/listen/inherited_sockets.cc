// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/listen/inherited_sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::exporter::rpc::listen {
namespace {

constexpr absl::string_view kScheme = "fd://";
// SD_LISTEN_FDS_START
constexpr int kFirst = 3;
constexpr int kMaxSockets = 1000;

absl::Status Unfit(const InheritedSockets::Socket& socket, absl::string_view why) {
  return oci::InvalidInputError(
      absl::StrCat("the socket ", socket.fd, " (", oci::words::Quoted(socket.name), ") that was handed down ", why));
}

int OptionOf(int fd, int option) {
  int value = 0;
  socklen_t size = sizeof(value);
  return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

std::string IpText(int family, const void* address, in_port_t port) {
  char text[INET6_ADDRSTRLEN] = {};
  // The buffer suffices for every address of both families.
  (void)inet_ntop(family, address, text, sizeof(text));
  return family == AF_INET6 ? absl::StrCat("[", text, "]:", ntohs(port)) : absl::StrCat(text, ":", ntohs(port));
}

// Where it listens.
absl::StatusOr<Address> Describe(const InheritedSockets::Socket& socket) {
  if (OptionOf(socket.fd, SO_TYPE) != SOCK_STREAM || OptionOf(socket.fd, SO_ACCEPTCONN) != 1) {
    return Unfit(socket, "does not listen for streams (Accept=no, ListenStream=)");
  }
  union {
    sockaddr_storage any;
    sockaddr_in four;
    sockaddr_in6 six;
    sockaddr_un file;
  } at = {};
  socklen_t size = sizeof(at);
  if (getsockname(socket.fd, reinterpret_cast<sockaddr*>(&at), &size) != 0) return Unfit(socket, "has no address");
  Address address{.kind = Address::Kind::kTcp, .location = "", .inherited_fd = socket.fd};
  switch (at.any.ss_family) {
    case AF_INET:
      address.location = IpText(AF_INET, &at.four.sin_addr, at.four.sin_port);
      return address;
    case AF_INET6:
      address.location = IpText(AF_INET6, &at.six.sin6_addr, at.six.sin6_port);
      return address;
    case AF_UNIX:
      if (size <= offsetof(sockaddr_un, sun_path) || at.file.sun_path[0] != '/') break;
      address.kind = Address::Kind::kUnix;
      address.location = at.file.sun_path;
      return address;
    default:
      break;
  }
  return Unfit(socket, "is neither at a path nor at an IP address");
}

std::optional<std::string> FromEnvironment(const std::string& variable) {
  const char* const value = getenv(variable.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

absl::StatusOr<InheritedSockets> InheritedSockets::OfProcess() {
  absl::StatusOr<InheritedSockets> sockets = From(FromEnvironment, getpid(), kFirst);
  for (const char* const variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) unsetenv(variable);
  return sockets;
}

absl::StatusOr<InheritedSockets> InheritedSockets::From(const Lookup& lookup, int64_t pid, int first_fd) {
  const std::optional<std::string> process = lookup("LISTEN_PID");
  const std::optional<std::string> count = lookup("LISTEN_FDS");
  if (!process.has_value() || !count.has_value()) return InheritedSockets({});
  int64_t receiver = 0;
  int number = 0;
  if (!absl::SimpleAtoi(*process, &receiver) || !absl::SimpleAtoi(*count, &number) || number < 0 ||
      number > kMaxSockets) {
    return oci::InvalidInputError("LISTEN_PID and LISTEN_FDS are not as a supervisor writes them");
  }
  if (receiver != pid) return InheritedSockets({});
  const std::vector<std::string> names = absl::StrSplit(lookup("LISTEN_FDNAMES").value_or(""), ':');
  std::vector<Socket> sockets;
  for (int i = 0; i < number; ++i) {
    const size_t place = static_cast<size_t>(i);
    sockets.push_back({.fd = first_fd + i, .name = place < names.size() ? names[place] : ""});
  }
  return InheritedSockets(std::move(sockets));
}

bool InheritedSockets::IsNamedBy(absl::string_view text) { return absl::StartsWith(text, kScheme); }

absl::StatusOr<std::vector<Address>> InheritedSockets::Take(absl::string_view text) {
  const absl::string_view name = absl::StripPrefix(text, kScheme);
  std::vector<Address> addresses;
  for (Socket& socket : sockets_) {
    if (!name.empty() && socket.name != name) continue;
    if (socket.fd < 0) {
      return oci::InvalidInputError(absl::StrCat("address \"", text, "\": the socket \"",
                                                 oci::words::Quoted(socket.name),
                                                 "\" is another address already; name each as fd://NAME"));
    }
    ABSL_ASSIGN_OR_RETURN(Address address, Describe(socket));
    addresses.push_back(std::move(address));
    socket.fd = -1;
  }
  if (!addresses.empty()) return addresses;
  return oci::InvalidInputError(absl::StrCat("address \"", text, "\": no such socket was handed down (LISTEN_FDS",
                                             name.empty() ? "" : ", LISTEN_FDNAMES",
                                             "); a systemd socket unit does so"));
}

}  // namespace waybill::exporter::rpc::listen
