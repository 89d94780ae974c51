// SPDX-License-Identifier: Apache-2.0
// One thread that waits for any number of sockets (epoll). What it calls must not block.
#ifndef WAYBILL_EXPORTER_BRIDGE_SESSION_POLLER_H_
#define WAYBILL_EXPORTER_BRIDGE_SESSION_POLLER_H_

#include <thread>

#include "absl/status/statusor.h"
#include "oci/file/fd.h"

namespace waybill::exporter::bridge::session {

// Told that a socket is ready. Must live until every wait asked for has been answered.
class Waiter {
 public:
  virtual ~Waiter() = default;
  virtual void OnReady() = 0;
};

// Thread-safe. Each wait is answered exactly once: when the socket is ready, or when it was shut down.
class Poller {
 public:
  enum class For { kReading, kWriting };

  static absl::StatusOr<std::unique_ptr<Poller>> New();
  // Nothing may be waiting any more.
  ~Poller();

  // At most one wait per descriptor at a time; the two directions of a socket need a descriptor each (dup). False when
  // the kernel refuses: then OnReady does not come.
  bool Wait(int fd, For what, Waiter& waiter);

 private:
  Poller(oci::file::Fd epoll, oci::file::Fd wake);
  void Run();

  oci::file::Fd epoll_;
  oci::file::Fd wake_;  // an eventfd: its one message is "stop"
  std::jthread thread_;
};

}  // namespace waybill::exporter::bridge::session

#endif  // WAYBILL_EXPORTER_BRIDGE_SESSION_POLLER_H_
