// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/store/daemon_process.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::store {
namespace {

// Of a command line or an environment; what is behind it is not read.
constexpr size_t kMaxBytes = 256 << 10;

absl::StatusOr<pid_t> ListenerOf(const std::string& socket_path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) return oci::InvalidInputError("the socket's path is too long");
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  const oci::file::Fd connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!connection.valid()) return oci::ErrnoError(errno, "make a socket");
  // The kernel's interface is this cast.
  if (connect(connection.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return oci::MakeError(oci::Reason::kNetwork, absl::StrCat("connect to ", socket_path, ": ", std::strerror(errno)));
  }
  ucred peer = {};
  socklen_t size = sizeof peer;
  if (getsockopt(connection.number(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return oci::ErrnoError(errno, "ask for the daemon's process");
  }
  if (peer.pid <= 0) return oci::NotFoundError("the daemon runs in another PID namespace");
  return peer.pid;
}

// A file of /proc, which has no size before it is read.
absl::StatusOr<std::string> ReadProc(const oci::file::Fd& process, const char* name) {
  const oci::file::Fd file(openat(process.number(), name, O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return oci::ErrnoError(errno, absl::StrCat("open the daemon's ", name));
  std::string bytes(kMaxBytes, '\0');
  size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t count = read(file.number(), bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return oci::ErrnoError(errno, absl::StrCat("read the daemon's ", name));
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

absl::StatusOr<DaemonProcess> ProcessBehind(const std::string& socket) {
  DaemonProcess process;
  ABSL_ASSIGN_OR_RETURN(process.pid, ListenerOf(socket));
  // Everything below comes from this descriptor: a process that gets the same number later is not mixed in.
  const oci::file::Fd proc(
      open(absl::StrCat("/proc/", process.pid).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!proc.valid()) return oci::ErrnoError(errno, "look at the daemon's process");
  process.root = oci::file::Fd(openat(proc.number(), "root", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!process.root.valid()) return oci::ErrnoError(errno, "look at the daemon's files");
  ABSL_ASSIGN_OR_RETURN(const std::string arguments, ReadProc(proc, "cmdline"));
  process.arguments = absl::StrSplit(arguments, '\0', absl::SkipEmpty());
  const absl::StatusOr<std::string> environment = ReadProc(proc, "environ");
  if (!environment.ok()) return process;
  for (absl::string_view variable : absl::StrSplit(*environment, '\0', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(variable, absl::MaxSplits('=', 1));
    process.environment.emplace(parts.first, parts.second);
  }
  return process;
}

}  // namespace waybill::exporter::bridge::store
