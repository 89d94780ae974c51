// SPDX-License-Identifier: Apache-2.0
// The process that listens on a unix socket of this machine, as the kernel tells of it (unix(7), proc(5)).
#ifndef WAYBILL_EXPORTER_BRIDGE_STORE_DAEMON_PROCESS_H_
#define WAYBILL_EXPORTER_BRIDGE_STORE_DAEMON_PROCESS_H_

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "oci/file/fd.h"

namespace waybill::exporter::bridge::store {

struct DaemonProcess {
  pid_t pid = 0;
  // Its root directory, in its mount namespace. Stays open when the process has ended.
  oci::file::Fd root;
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;  // as the process started; empty where it may not be read
};

// The process that called listen(2) on `socket`: SO_PEERCRED of a connection to it. A proxy or a service manager may
// have done that for the daemon, so the caller must not take for granted that it is the daemon.
// Errors: kNetwork when nobody listens; NOT_FOUND for a process of another PID namespace; those of /proc, which only
// lets a user see processes of his own, and root see all.
absl::StatusOr<DaemonProcess> ProcessBehind(const std::string& socket);

}  // namespace waybill::exporter::bridge::store

#endif  // WAYBILL_EXPORTER_BRIDGE_STORE_DAEMON_PROCESS_H_
