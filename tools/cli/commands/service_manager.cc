// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/commands/service_manager.h"

#include <grpcpp/alarm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "oci/error.h"
#include "oci/file/fd.h"

namespace waybill::cli::commands {
namespace {

std::optional<std::string> FromEnvironment(const std::string& variable) {
  const char* const value = getenv(variable.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

ServiceManager ServiceManager::OfProcess() {
  ServiceManager manager = From(FromEnvironment, getpid());
  for (const char* const variable : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(variable);
  return manager;
}

ServiceManager ServiceManager::From(const Lookup& lookup, int64_t pid) {
  std::string socket = lookup("NOTIFY_SOCKET").value_or("");
  const std::string watched = lookup("WATCHDOG_PID").value_or(absl::StrCat(pid));
  int64_t microseconds = 0;
  int64_t watched_pid = 0;
  const bool has_watchdog = absl::SimpleAtoi(lookup("WATCHDOG_USEC").value_or(""), &microseconds) && microseconds > 0 &&
                            absl::SimpleAtoi(watched, &watched_pid) && watched_pid == pid && !socket.empty();
  return {std::move(socket), has_watchdog ? absl::Microseconds(microseconds) / 2 : absl::InfiniteDuration()};
}

absl::Status ServiceManager::Tell(absl::string_view lines) const {
  if (socket_.empty()) return absl::OkStatus();
  sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = {}};
  if (socket_.size() >= sizeof(at.sun_path)) return oci::InvalidInputError("NOTIFY_SOCKET is too long");
  std::memcpy(at.sun_path, socket_.data(), socket_.size());
  if (at.sun_path[0] == '@') at.sun_path[0] = '\0';  // an abstract name
  const oci::file::Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return oci::ErrnoError(errno, "socket");
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  if (sendto(fd.number(), lines.data(), lines.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&at), size) < 0) {
    return oci::ErrnoError(errno, absl::StrCat("tell ", socket_));
  }
  return absl::OkStatus();
}

bool GrpcAnswers(absl::Duration patience) {
  // Shared with the alarm, which may go off when nobody waits any more. The alarm keeps what it calls for as long as it
  // lives, so that it must not be part of it.
  const auto answered = std::make_shared<absl::Notification>();
  grpc::Alarm alarm;
  alarm.Set(std::chrono::system_clock::now(), [answered](bool) { answered->Notify(); });
  return answered->WaitForNotificationWithTimeout(patience);
}

}  // namespace waybill::cli::commands
