// SPDX-License-Identifier: Apache-2.0
// Sockets that a supervisor such as systemd has opened for this process (sd_listen_fds(3)). They outlive the process:
// who connects while it is restarted waits in the socket's queue.
#ifndef WAYBILL_EXPORTER_RPC_LISTEN_INHERITED_SOCKETS_H_
#define WAYBILL_EXPORTER_RPC_LISTEN_INHERITED_SOCKETS_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "exporter/rpc/listen/address.h"

namespace waybill::exporter::rpc::listen {

// Not thread-safe. A descriptor that nobody takes stays open until the process ends.
class InheritedSockets {
 public:
  struct Socket {
    int fd = -1;
    std::string name;  // FileDescriptorName= of the socket unit; without one, systemd takes the unit's name
  };
  explicit InheritedSockets(std::vector<Socket> sockets) : sockets_(std::move(sockets)) {}

  // Those of this process, as LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES tell. Takes the three out of the environment,
  // so that no child takes them for its own. Before the process has threads. INVALID_ARGUMENT for values that no
  // supervisor writes.
  static absl::StatusOr<InheritedSockets> OfProcess();
  // The same for another process: without one of its variables `lookup` gives nothing.
  using Lookup = std::function<std::optional<std::string>(const std::string& variable)>;
  static absl::StatusOr<InheritedSockets> From(const Lookup& lookup, int64_t pid, int first_fd);

  // Whether `text` names inherited sockets: "fd://" all of them, "fd://NAME" those of that name.
  static bool IsNamedBy(absl::string_view text);
  // Their addresses, each with its socket. INVALID_ARGUMENT when there is none, when one was taken before, and for one
  // that does not listen for streams or is neither at a path nor at an IP address.
  absl::StatusOr<std::vector<Address>> Take(absl::string_view text);

 private:
  std::vector<Socket> sockets_;  // -1 for those that were taken
};

}  // namespace waybill::exporter::rpc::listen

#endif  // WAYBILL_EXPORTER_RPC_LISTEN_INHERITED_SOCKETS_H_
