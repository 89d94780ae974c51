// SPDX-License-Identifier: Apache-2.0
// What commands that listen have in common: --listen and --group, and their life from start to drain.
#ifndef WAYBILL_TOOLS_CLI_COMMANDS_LISTEN_FLAGS_H_
#define WAYBILL_TOOLS_CLI_COMMANDS_LISTEN_FLAGS_H_

#include <functional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "exporter/rpc/listen/address.h"
#include "exporter/rpc/listen/allowed_peers.h"
#include "exporter/rpc/listen/inherited_sockets.h"
#include "exporter/rpc/listen/tls.h"
#include "oci/context.h"
#include "tools/cli/commands/log.h"
#include "tools/cli/commands/service_manager.h"
#include "tools/cli/line/interrupt.h"

namespace waybill::cli::commands {

struct ListenFlags {
  std::vector<std::string> listen;  // the default, until the command line says otherwise
  std::string group;
  exporter::rpc::listen::AllowedPeers allowed = {};
  exporter::rpc::listen::TlsFiles tls = {};  // for tcp addresses
  int drain_seconds = 60;
  Log::Flags log = {};

  // `flags` outlives the parser's callbacks.
  static void Add(CLI::App& command, ListenFlags& flags);
  // Errors: those of ParseAddresses.
  absl::StatusOr<std::vector<exporter::rpc::listen::Address>> Addresses(
      exporter::rpc::listen::InheritedSockets& inherited) const;
};

// Addresses to listen on, those of `inherited` among them. Errors: INVALID_ARGUMENT naming the text.
absl::StatusOr<std::vector<exporter::rpc::listen::Address>> ParseAddresses(
    const std::vector<std::string>& texts, exporter::rpc::listen::InheritedSockets& inherited);

// Tells where the command listens, one "listening on ..." a line (or with other `words`), with a warning for each
// address that others than this machine can reach without TLS.
void TellAddresses(const Log& log, const std::vector<exporter::rpc::listen::Address>& addresses, bool tls,
                   absl::string_view words = "listening on");

// What a command does while it serves, on the thread that waits.
struct ServingHooks {
  std::function<void()> every_hour;      // may be null
  std::function<absl::Status()> reload;  // after SIGHUP; an error leaves everything as it was
};

// Tells the manager that the command serves, and then that it stops: until the context is stopped. Meanwhile feeds the
// manager's watchdog as long as gRPC answers, and calls the hooks. From then on SIGHUP does nothing.
void WaitForStop(const oci::Context& context, const ListenFlags& flags, const Log& log, const ServiceManager& manager,
                 line::Interrupt& interrupt, const ServingHooks& hooks);

// For how long a client that has connected to a socket that was handed down may take for its next call, before the
// process ends and leaves the socket to the next one: zero where no address is such a socket.
absl::Duration SettleTime(const std::vector<exporter::rpc::listen::Address>& addresses);

}  // namespace waybill::cli::commands

#endif  // WAYBILL_TOOLS_CLI_COMMANDS_LISTEN_FLAGS_H_
