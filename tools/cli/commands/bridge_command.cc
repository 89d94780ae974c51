// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/commands/bridge_command.h"

#include <unistd.h>

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "attest/sign/key.h"
#include "exporter/bridge/bridge.h"
#include "exporter/bridge/outputs/session_outputs.h"
#include "exporter/export_end.h"
#include "exporter/metrics/metrics.h"
#include "exporter/rpc/listen/address.h"
#include "exporter/rpc/listen/inherited_sockets.h"
#include "exporter/rpc/listen/process.h"
#include "exporter/traces/tracing.h"
#include "oci/clock.h"
#include "oci/http/curl/curl_transport.h"
#include "oci/http/curl/proxy.h"
#include "oci/http/traced/traced_transport.h"
#include "oci/registry/client.h"
#include "oci/registry/environment_client.h"
#include "oci/status_macros.h"
#include "tools/cli/commands/current.h"
#include "tools/cli/commands/listen_flags.h"
#include "tools/cli/commands/log.h"
#include "tools/cli/commands/metering.h"
#include "tools/cli/commands/read_again.h"
#include "tools/cli/commands/service_manager.h"
#include "tools/cli/commands/signing_keys.h"
#include "tools/cli/exporting/backend.h"
#include "tools/cli/line/invocation.h"
#include "tools/cli/line/settings.h"
#include "tools/cli/line/unpack_flags.h"
#include "tools/cli/line/version.h"

namespace waybill::cli::commands {
namespace {

using exporter::bridge::Bridge;
using exporter::rpc::listen::Address;
using exporter::rpc::listen::InheritedSockets;
using oci::registry::EnvironmentClient;

struct Flags {
  ListenFlags listen{.listen = {"unix:///run/waybill-bridge.sock"}};
  std::vector<std::string> metrics;
  bool quiet = false;
  std::string upstream = "unix:///run/buildkit/buildkitd.sock";
  std::string content = "auto";
  Bridge::Options bridge{.listen = {},
                         .tls = {},
                         .upstream = {},
                         .upstream_tls = {},
                         .content_directory = "",
                         .spool_directory = exporting::TemporaryDirectory(),
                         .spool_limit = int64_t{20} << 30};
  std::vector<std::string> signing_keys;
  std::string config;
};

// What SIGHUP makes the bridge read again. Builds that run go on with what they began with.
struct Settings {
  oci::registry::Client::Configure hosts;
  attest::sign::KeysByName keys;
  bool quiet = false;
};

absl::StatusOr<Settings> ReadSettings(const oci::Context& context, const Flags& flags) {
  EnvironmentClient::Options process = EnvironmentClient::FromProcess();
  process.config_file = flags.config;
  Settings settings{.hosts = nullptr, .keys = nullptr, .quiet = flags.quiet};
  ABSL_ASSIGN_OR_RETURN(settings.hosts, EnvironmentClient::Hosts(process));
  ABSL_ASSIGN_OR_RETURN(settings.keys, OpenSigningKeys(context, flags.signing_keys));
  return settings;
}

// --upstream-content: "auto", "off", or a directory. One that has such a name is "./auto".
void SetContent(const std::string& content, const Log& log, Bridge::Options& options) {
  options.find_content = content == "auto";
  if (options.find_content || content == "off" || content.empty()) return;
  options.content_directory = content;
  if (access(content.c_str(), F_OK) == 0) return;
  log.Write(Log::Level::kWarning,
            absl::StrCat(content, " is not there: until it is, layers are read through the daemon"));
}

// What the bridge holds, for metrics.
std::vector<exporter::metrics::Metrics::Gauge> GaugesOf(Bridge& bridge) {
  const Bridge::Load load = bridge.load();
  return {{"waybill_exports_running", "Builds whose exports run.", static_cast<double>(load.exports.running)},
          {"waybill_exports_waiting", "Builds whose exports wait for their turn.",
           static_cast<double>(load.exports.waiting)},
          {"waybill_bridge_builds", "Builds under way that waybill exports for.", static_cast<double>(load.builds)},
          {"waybill_bridge_sessions", "Sessions of clients.", static_cast<double>(load.sessions)},
          {"waybill_bridge_spool_bytes", "Bytes of layers in --spool-dir.", static_cast<double>(load.spool_bytes)}};
}

CLI::App& Define(CLI::App& app, Flags& flags);

// `command` has the flags as they were parsed.
absl::Status Run(const oci::Context& context, const Flags& flags, const CLI::App& command,
                 const line::Invocation& invocation) {
  Bridge::Options options = flags.bridge;
  const ServiceManager manager = ServiceManager::OfProcess();
  Log log(flags.listen.log, std::cerr, absl::Now);
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<exporter::traces::Tracing> tracing,
                        exporter::traces::Tracing::Start(
                            {.environment = line::ProcessEnvironment,
                             .service = "waybill-bridge",
                             .version = line::kVersion,
                             .note = [&log](absl::string_view line) { log.Write(Log::Level::kWarning, line); }}));
  ABSL_ASSIGN_OR_RETURN(InheritedSockets inherited, InheritedSockets::OfProcess());
  ABSL_ASSIGN_OR_RETURN(options.listen, flags.listen.Addresses(inherited));
  const absl::Duration settle = SettleTime(options.listen);
  ABSL_ASSIGN_OR_RETURN(std::vector<Address> metrics_addresses, ParseAddresses(flags.metrics, inherited));
  ABSL_ASSIGN_OR_RETURN(options.upstream, Address::Parse(flags.upstream));
  options.group = flags.listen.group;
  options.allowed = flags.listen.allowed;
  options.tls = flags.listen.tls;
  ABSL_ASSIGN_OR_RETURN(Settings read, ReadSettings(context, flags));
  Current<Settings> settings(std::move(read));
  const auto log_export = [&log, &settings](const exporter::ExportEnd& end) {
    if (!settings.Get()->quiet) log.Write(end);
  };
  exporter::rpc::listen::GiveMemoryBack();
  exporter::rpc::listen::RaiseFileLimit();
  // Debian's Abseil searches for deadlocks at every lock, at a cost that shows when a build's context passes.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  SetContent(flags.content, log, options);
  oci::http::curl::CurlTransport transport(
      {.proxy = oci::http::curl::ProxyConfigFrom(EnvironmentClient::FromProcess().environment)});
  oci::http::traced::TracedTransport traced(transport);
  oci::SystemClock clock;
  exporter::bridge::outputs::SessionOutputs outputs(
      {.transport = traced,
       .clock = clock,
       .hosts = [&settings](absl::string_view domain) { return settings.Get()->hosts(domain); },
       .forms = {.keys = [&settings](absl::string_view name) { return settings.Get()->keys(name); },
                 .scratch_directory = options.spool_directory}});
  Bridge* running = nullptr;
  Metering metering(std::move(metrics_addresses), exporter::metrics::Metrics::Program::kBridge,
                    [&running] { return GaugesOf(*running); });
  ABSL_ASSIGN_OR_RETURN(
      const std::unique_ptr<Bridge> bridge,
      Bridge::Start(options, {.outputs = outputs,
                              .clock = clock,
                              .on_export_end = metering.Counting(log_export),
                              .observer = metering.observer(),
                              .spans = tracing->sink(),
                              .note = [&log](absl::string_view line) { log.Write(Log::Level::kInfo, line); }}));
  running = bridge.get();
  ABSL_RETURN_IF_ERROR(metering.Start(flags.listen.group, log));
  TellAddresses(log, bridge->addresses(), !flags.listen.tls.empty());
  const auto reload = [&]() -> absl::Status {
    Flags again;
    ABSL_RETURN_IF_ERROR(ReadAgain<Flags>(invocation, command, Define, log, again));
    ABSL_ASSIGN_OR_RETURN(Settings next, ReadSettings(context, again));
    settings.Set(std::move(next));
    log.SetLevel(again.listen.log.level);
    return absl::OkStatus();
  };
  WaitForStop(context, flags.listen, log, manager, *invocation.interrupt, {.every_hour = nullptr, .reload = reload});
  const absl::Time end = clock.Now() + absl::Seconds(flags.listen.drain_seconds);
  if (settle > absl::ZeroDuration()) bridge->Settle(settle, end);
  bridge->Drain(end);
  metering.Stop();
  return absl::OkStatus();
}

CLI::App& Define(CLI::App& app, Flags& flags) {
  CLI::App& command = *app.add_subcommand("bridge", "Export the images of a BuildKit daemon's builds (docs/bridge.md)");
  ListenFlags::Add(command, flags.listen);
  Metering::AddFlag(command, flags.metrics);
  command.add_option("--upstream", flags.upstream, "Address of the daemon: unix:///path or tcp://host:port")
      ->capture_default_str();
  command
      .add_option("--upstream-tls-ca", flags.bridge.upstream_tls.authority,
                  "Authority (PEM) of a tcp daemon's certificate")
      ->type_name("FILE");
  command
      .add_option("--upstream-tls-cert", flags.bridge.upstream_tls.certificate,
                  "Client certificate (PEM) for the daemon")
      ->type_name("FILE");
  command.add_option("--upstream-tls-key", flags.bridge.upstream_tls.key, "Private key of --upstream-tls-cert")
      ->type_name("FILE");
  command.add_option("--upstream-tls-server-name", flags.bridge.upstream_tls.server_name,
                     "Name in the daemon's certificate, if the address has another name");
  command
      .add_option("--upstream-content", flags.content,
                  "Where to read layers from files: the directory of the daemon's content store on this machine; auto "
                  "finds it; off reads through the daemon")
      ->type_name("DIR")
      ->capture_default_str();
  command.add_flag(
      "--compress", flags.bridge.compress,
      "Compress new layers here, as if each exporter had compressor=waybill: the daemon leaves them without "
      "compression");
  command
      .add_option("--spool-dir", flags.bridge.spool_directory,
                  "Directory for layers that the daemon does not let the bridge read")
      ->type_name("DIR");
  command
      .add_option("--spool-limit", flags.bridge.spool_limit,
                  "Space for the layers in --spool-dir, of all builds together")
      ->transform(CLI::AsSizeValue(false))
      ->default_str("20GiB");
  AddSigningKeysFlag(command, flags.signing_keys);
  command
      .add_option("--client-memory", flags.bridge.client_memory,
                  "Memory for the messages of all clients, the buffers of their connections included")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(int64_t{64} << 20, int64_t{1} << 40))
      ->default_str("256MiB");
  line::AddUnpackFlags(command, flags.bridge.unpack_limits);
  command.add_flag("--quiet", flags.quiet, "Print no line on standard error for each export");
  line::AddConfigFlag(command, flags.config);
  return command;
}

}  // namespace

void AddBridgeCommand(CLI::App& app, line::Invocation& invocation) {
  // Shared: the parser's callbacks and the invocation both end at times of their own.
  const auto flags = std::make_shared<Flags>();
  CLI::App& command = Define(app, *flags);
  command.callback([flags, &command, &invocation] {
    const absl::Status settings = line::ApplySettings(command, flags->config, line::ProcessEnvironment);
    invocation.run = [flags, settings, &command, &invocation](const oci::Context& context) {
      return settings.ok() ? Run(context, *flags, command, invocation) : settings;
    };
  });
}

}  // namespace waybill::cli::commands
