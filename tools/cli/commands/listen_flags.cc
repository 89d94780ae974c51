// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/commands/listen_flags.h"

#include <algorithm>
#include <iostream>
#include <iterator>
#include <stop_token>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "oci/status_macros.h"

namespace waybill::cli::commands {

using exporter::rpc::listen::Address;
using exporter::rpc::listen::InheritedSockets;

void ListenFlags::Add(CLI::App& command, ListenFlags& flags) {
  command
      .add_option(
          "--listen", flags.listen,
          "Address to listen on: unix:///path (mode 0660), tcp://host:port, or fd:// and fd://NAME for sockets that "
          "systemd hands down; repeatable")
      ->allow_extra_args(false)
      ->capture_default_str();
  command.add_option("--group", flags.group, "Group (name or number) that owns the unix sockets");
  command.add_option("--drain-seconds", flags.drain_seconds, "Seconds that running work may take after SIGTERM")
      ->check(CLI::Range(0, 86400))
      ->capture_default_str();
}

absl::StatusOr<std::vector<Address>> ListenFlags::Addresses(InheritedSockets& inherited) const {
  return ParseAddresses(listen, inherited);
}

absl::StatusOr<std::vector<Address>> ParseAddresses(const std::vector<std::string>& texts,
                                                    InheritedSockets& inherited) {
  std::vector<Address> addresses;
  for (const std::string& text : texts) {
    if (InheritedSockets::IsNamedBy(text)) {
      ABSL_ASSIGN_OR_RETURN(std::vector<Address> handed_down, inherited.Take(text));
      std::move(handed_down.begin(), handed_down.end(), std::back_inserter(addresses));
      continue;
    }
    ABSL_ASSIGN_OR_RETURN(Address address, Address::Parse(text));
    addresses.push_back(std::move(address));
  }
  return addresses;
}

void TellAddresses(const std::vector<Address>& addresses, bool tls, absl::string_view words) {
  for (const Address& address : addresses) {
    if (!tls && !address.IsLocal()) {
      std::cerr << "warning: " << address.ToString() << " has neither encryption nor authentication" << std::endl;
    }
    std::cerr << words << " " << address.ToString() << std::endl;
  }
}

void WaitForStop(const oci::Context& context, const ListenFlags& flags, const std::function<void()>& every_hour) {
  absl::Notification stopped;
  const std::stop_callback on_stop(context.stop_token(), [&stopped] { stopped.Notify(); });
  while (!stopped.WaitForNotificationWithTimeout(absl::Hours(1))) {
    if (every_hour != nullptr) every_hour();
  }
  std::cerr << "draining, for up to " << flags.drain_seconds << " s" << std::endl;
}

}  // namespace waybill::cli::commands
