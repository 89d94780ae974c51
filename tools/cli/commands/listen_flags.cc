// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/commands/listen_flags.h"

#include <algorithm>
#include <iterator>
#include <stop_token>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "oci/status_macros.h"

namespace waybill::cli::commands {

using exporter::rpc::listen::Address;
using exporter::rpc::listen::InheritedSockets;

namespace {

// Clients make their calls one soon after the other.
constexpr absl::Duration kSettle = absl::Seconds(1);

void TellManager(const Log& log, const ServiceManager& manager, absl::string_view lines) {
  if (const absl::Status told = manager.Tell(lines); !told.ok()) log.Write(Log::Level::kWarning, told.message());
}

}  // namespace

void ListenFlags::Add(CLI::App& command, ListenFlags& flags) {
  command
      .add_option(
          "--listen", flags.listen,
          "Address to listen on: unix:///path (mode 0660), tcp://host:port, or fd:// and fd://NAME for sockets that "
          "systemd hands down; repeatable")
      ->allow_extra_args(false)
      ->capture_default_str();
  command.add_option("--group", flags.group, "Group (name or number) that owns the unix sockets");
  command
      .add_option("--allow-uid", flags.allowed.users,
                  "User (number) who may use the unix sockets of --listen; with it or --allow-gid, nobody else may; "
                  "repeatable")
      ->type_name("NUMBER")
      ->allow_extra_args(false);
  command
      .add_option("--allow-gid", flags.allowed.groups,
                  "The same for the members of a group, supplementary groups included; repeatable")
      ->type_name("NUMBER")
      ->allow_extra_args(false);
  command.add_option("--tls-cert", flags.tls.certificate, "Certificate (PEM) for tcp addresses")->type_name("FILE");
  command.add_option("--tls-key", flags.tls.key, "Private key of --tls-cert")->type_name("FILE");
  command.add_option("--tls-ca", flags.tls.authority, "Authority (PEM) whose certificates clients must present")
      ->type_name("FILE");
  command.add_option("--drain-seconds", flags.drain_seconds, "Seconds that running work may take after SIGTERM")
      ->check(CLI::Range(0, 86400))
      ->capture_default_str();
  Log::AddFlag(command, flags.log_format);
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

void TellAddresses(const Log& log, const std::vector<Address>& addresses, bool tls, absl::string_view words) {
  for (const Address& address : addresses) {
    const std::string text = address.ToString();
    if (!tls && !address.IsLocal()) {
      log.Write(Log::Level::kWarning, absl::StrCat("warning: ", text, " has neither encryption nor authentication"),
                {{"address", text}});
    }
    log.Write(Log::Level::kInfo, absl::StrCat(words, " ", text), {{"address", text}});
  }
}

void WaitForStop(const oci::Context& context, const ListenFlags& flags, const Log& log, const ServiceManager& manager,
                 const std::function<void()>& every_hour) {
  TellManager(log, manager, "READY=1");
  absl::Notification stopped;
  const std::stop_callback on_stop(context.stop_token(), [&stopped] { stopped.Notify(); });
  absl::Time next_hour = absl::Now() + absl::Hours(1);
  const absl::Duration watchdog = manager.watchdog_interval();
  while (!stopped.WaitForNotificationWithTimeout(std::min(watchdog, next_hour - absl::Now()))) {
    // A process that does not serve is to be killed: nothing is told then.
    if (watchdog < absl::InfiniteDuration() && GrpcAnswers(watchdog)) TellManager(log, manager, "WATCHDOG=1");
    if (absl::Now() < next_hour) continue;
    next_hour += absl::Hours(1);
    if (every_hour != nullptr) every_hour();
  }
  TellManager(log, manager, "STOPPING=1");
  log.Write(Log::Level::kInfo, absl::StrCat("draining, for up to ", flags.drain_seconds, " s"));
}

absl::Duration SettleTime(const std::vector<Address>& addresses) {
  const bool inherits =
      std::any_of(addresses.begin(), addresses.end(), [](const Address& address) { return address.inherited_fd >= 0; });
  return inherits ? kSettle : absl::ZeroDuration();
}

}  // namespace waybill::cli::commands
