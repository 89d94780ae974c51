// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/commands/listen_flags.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <stop_token>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::cli::commands {

using exporter::rpc::listen::Address;
using exporter::rpc::listen::InheritedSockets;

namespace {

// Clients make their calls one soon after the other.
constexpr absl::Duration kSettle = absl::Seconds(1);

void TellManager(const Log& log, const ServiceManager& manager, absl::string_view lines) {
  if (const absl::Status told = manager.Tell(lines); !told.ok()) log.Write(Log::Level::kWarning, told.message());
}

// What the process was sent. Thread-safe.
class Signals {
 public:
  enum class What { kNothing, kHangup, kStop };

  void Stop() {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  void HangUp() {
    absl::MutexLock lock(&mutex_);
    hung_up_ = true;
  }
  // Several hangups are one.
  What Wait(absl::Duration timeout) {
    const auto any = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopped_ || hung_up_; };
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&any), timeout);
    if (stopped_) return What::kStop;
    return std::exchange(hung_up_, false) ? What::kHangup : What::kNothing;
  }

 private:
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool hung_up_ ABSL_GUARDED_BY(mutex_) = false;
};

void Reload(const Log& log, const ServiceManager& manager, const ServingHooks& hooks) {
  const auto since_boot = std::chrono::steady_clock::now().time_since_epoch();
  TellManager(log, manager,
              absl::StrCat("RELOADING=1\nMONOTONIC_USEC=",
                           std::chrono::duration_cast<std::chrono::microseconds>(since_boot).count()));
  if (const absl::Status status = hooks.reload(); status.ok()) {
    log.Write(Log::Level::kInfo, "read the settings again", {{"event", "reload"}});
  } else {
    log.Write(Log::Level::kError,
              absl::StrCat("the settings stay as they were: ",
                           oci::words::Quoted(status.message(), oci::words::kMaxMessageBytes)),
              {{"event", "reload"}});
  }
  TellManager(log, manager, "READY=1");
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
  Log::AddFlags(command, flags.log);
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
                 line::Interrupt& interrupt, const ServingHooks& hooks) {
  TellManager(log, manager, "READY=1");
  Signals signals;
  const std::stop_callback on_stop(context.stop_token(), [&signals] { signals.Stop(); });
  interrupt.OnHangup([&signals] { signals.HangUp(); });
  absl::Time next_hour = absl::Now() + absl::Hours(1);
  const absl::Duration watchdog = manager.watchdog_interval();
  while (true) {
    const Signals::What what = signals.Wait(std::min(watchdog, next_hour - absl::Now()));
    if (what == Signals::What::kStop) break;
    if (what == Signals::What::kHangup) Reload(log, manager, hooks);
    // A process that does not serve is to be killed: nothing is told then.
    if (watchdog < absl::InfiniteDuration() && GrpcAnswers(watchdog)) TellManager(log, manager, "WATCHDOG=1");
    if (absl::Now() < next_hour) continue;
    next_hour += absl::Hours(1);
    if (hooks.every_hour != nullptr) hooks.every_hour();
  }
  interrupt.OnHangup([] {});
  TellManager(log, manager, "STOPPING=1");
  log.Write(Log::Level::kInfo, absl::StrCat("draining, for up to ", flags.drain_seconds, " s"));
}

absl::Duration SettleTime(const std::vector<Address>& addresses) {
  const bool inherits =
      std::any_of(addresses.begin(), addresses.end(), [](const Address& address) { return address.inherited_fd >= 0; });
  return inherits ? kSettle : absl::ZeroDuration();
}

}  // namespace waybill::cli::commands
