// SPDX-License-Identifier: Apache-2.0
// What a command that serves tells the program that started it (sd_notify(3)): systemd with Type=notify, or another
// that speaks its protocol. The protocol is one datagram with lines, so no library is needed.
#ifndef WAYBILL_TOOLS_CLI_COMMANDS_SERVICE_MANAGER_H_
#define WAYBILL_TOOLS_CLI_COMMANDS_SERVICE_MANAGER_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace waybill::cli::commands {

// Thread-safe.
class ServiceManager {
 public:
  // That of the process, by NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. Takes the three out of the environment, so
  // that no child speaks for us. Before the process has threads.
  static ServiceManager OfProcess();
  // The same for another process. Without the variables nothing is told, and there is no watchdog.
  using Lookup = std::function<std::optional<std::string>(const std::string& variable)>;
  static ServiceManager From(const Lookup& lookup, int64_t pid);

  // Lines such as "READY=1", without a line end after the last. Does not block for long, and whoever does not listen is
  // not told: an error says that, for a log.
  absl::Status Tell(absl::string_view lines) const;

  // How often "WATCHDOG=1" is to be told: half of the time after which the process is taken for dead. Infinite without
  // a watchdog.
  absl::Duration watchdog_interval() const { return watchdog_interval_; }

 private:
  ServiceManager(std::string socket, absl::Duration watchdog_interval)
      : socket_(std::move(socket)), watchdog_interval_(watchdog_interval) {}

  std::string socket_;  // a path, or '@' and a name; "" for none
  absl::Duration watchdog_interval_;
};

// Whether gRPC's threads, which every call of a client needs, run something within `patience`.
bool GrpcAnswers(absl::Duration patience);

}  // namespace waybill::cli::commands

#endif  // WAYBILL_TOOLS_CLI_COMMANDS_SERVICE_MANAGER_H_
