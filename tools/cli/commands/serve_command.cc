// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/commands/serve_command.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "attest/sign/key.h"
#include "exporter/attestations/http/endpoint.h"
#include "exporter/attestations/listing.h"
#include "exporter/attestations/policy.h"
#include "exporter/export_end.h"
#include "exporter/http/server.h"
#include "exporter/metrics/metrics.h"
#include "exporter/output/output.h"
#include "exporter/request/options.h"
#include "exporter/rpc/listen/address.h"
#include "exporter/rpc/listen/inherited_sockets.h"
#include "exporter/rpc/listen/process.h"
#include "exporter/service/server.h"
#include "exporter/service/store/shares.h"
#include "exporter/traces/tracing.h"
#include "oci/registry/environment_client.h"
#include "oci/status_macros.h"
#include "oci/unpack_limits.h"
#include "oci/words/quote.h"
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

using exporter::rpc::listen::Address;
using exporter::rpc::listen::InheritedSockets;
using exporter::service::Server;

struct Flags {
  ListenFlags listen{.listen = {"unix:///run/waybill.sock"}};
  std::string root = "/var/lib/waybill";
  std::vector<std::string> layouts;
  std::vector<std::string> http;
  std::vector<std::string> metrics;
  std::vector<std::string> registries;
  std::vector<std::string> signing_keys;
  std::string config;
  int parallel_exports = 8;
  int64_t client_memory = int64_t{256} << 20;
  exporter::service::store::Limits limits{.client_uploads = 1000};
  oci::UnpackLimits unpack_limits;
  int client_calls = 1000;
  int client_exports = 256;
  bool quiet = false;
};

// What SIGHUP makes the service read again. Exports that run go on with what they began with.
struct Settings {
  std::shared_ptr<oci::registry::EnvironmentClient> registries;
  attest::sign::KeysByName keys;
  bool quiet = false;
};

absl::StatusOr<Settings> ReadSettings(const oci::Context& context, const Flags& flags) {
  using oci::registry::EnvironmentClient;
  EnvironmentClient::Options process = EnvironmentClient::FromProcess();
  process.config_file = flags.config;
  Settings settings{.registries = nullptr, .keys = nullptr, .quiet = flags.quiet};
  ABSL_ASSIGN_OR_RETURN(settings.registries, EnvironmentClient::Create(process));
  ABSL_ASSIGN_OR_RETURN(settings.keys, OpenSigningKeys(context, flags.signing_keys));
  return settings;
}

absl::StatusOr<std::unique_ptr<exporter::attestations::Lister>> MakeLister(
    const Flags& flags, const exporter::service::RegistriesNow& registries) {
  namespace attestations = exporter::attestations;
  ABSL_ASSIGN_OR_RETURN(attestations::Policy policy,
                        attestations::Policy::Create({.layouts = flags.layouts, .registries = flags.registries}));
  return std::make_unique<attestations::Lister>(std::move(policy), registries);
}

// Where the command listens.
struct Addresses {
  std::vector<Address> grpc;
  std::vector<Address> http;
  std::vector<Address> metrics;
};

absl::StatusOr<Addresses> FindAddresses(const Flags& flags) {
  ABSL_ASSIGN_OR_RETURN(InheritedSockets inherited, InheritedSockets::OfProcess());
  Addresses addresses;
  ABSL_ASSIGN_OR_RETURN(addresses.grpc, flags.listen.Addresses(inherited));
  ABSL_ASSIGN_OR_RETURN(addresses.http, ParseAddresses(flags.http, inherited));
  ABSL_ASSIGN_OR_RETURN(addresses.metrics, ParseAddresses(flags.metrics, inherited));
  return addresses;
}

// The HTTP endpoint, where one is asked for.
struct Http {
  std::unique_ptr<exporter::attestations::http::Endpoint> endpoint;
  std::unique_ptr<exporter::http::Server> server;
};

absl::StatusOr<Http> StartHttp(const std::vector<Address>& addresses, const std::string& group,
                               const exporter::attestations::Lister& lister, const Log& log) {
  Http http;
  if (addresses.empty()) return http;
  http.endpoint = std::make_unique<exporter::attestations::http::Endpoint>(lister, line::kVersion);
  ABSL_ASSIGN_OR_RETURN(
      http.server,
      exporter::http::Server::Start({.name = "attestations", .listen = addresses, .group = group}, *http.endpoint));
  TellAddresses(log, http.server->addresses(), /*tls=*/false, "HTTP on");
  return http;
}

// What the service holds, for metrics.
std::vector<exporter::metrics::Metrics::Gauge> GaugesOf(Server& server, const Flags& flags) {
  const oci::work::Queue::Load exports = server.exports();
  const exporter::service::StoreSize store = server.store_size();
  return {{"waybill_exports_running", "Exports that run.", static_cast<double>(exports.running)},
          {"waybill_exports_waiting", "Exports that wait for their turn.", static_cast<double>(exports.waiting)},
          {"waybill_store_blobs", "Blobs below --root.", static_cast<double>(store.blobs)},
          {"waybill_store_bytes", "Bytes of the blobs below --root.", static_cast<double>(store.bytes)},
          {"waybill_store_quota_bytes", "Bytes that blobs and uploads below --root may have; 0 without a quota.",
           static_cast<double>(flags.limits.quota)}};
}

CLI::App& Define(CLI::App& app, Flags& flags);

// `command` has the flags as they were parsed.
absl::Status Run(const oci::Context& context, const Flags& flags, const CLI::App& command,
                 const line::Invocation& invocation) {
  ABSL_ASSIGN_OR_RETURN(Settings read, ReadSettings(context, flags));
  // Clients that were replaced stay, for exports and lists that still use them: a few kilobytes for each SIGHUP.
  std::vector<std::shared_ptr<oci::registry::EnvironmentClient>> clients = {read.registries};
  Current<Settings> settings(std::move(read));
  const auto registries = [&settings] { return &settings.Get()->registries->client(); };
  const auto new_output = [&registries](const exporter::request::ExportOptions& wanted, oci::io::Writer* archive) {
    return exporter::output::NewOutput(wanted, {.stream = archive, .registry = wanted.push ? registries() : nullptr});
  };
  const ServiceManager manager = ServiceManager::OfProcess();
  Log log(flags.listen.log, std::cerr, absl::Now);
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<exporter::traces::Tracing> tracing,
                        exporter::traces::Tracing::Start(
                            {.environment = line::ProcessEnvironment,
                             .service = "waybill-serve",
                             .version = line::kVersion,
                             .note = [&log](absl::string_view line) { log.Write(Log::Level::kWarning, line); }}));
  const auto log_export = [&log, &settings](const exporter::ExportEnd& end) {
    if (!settings.Get()->quiet) log.Write(end);
  };
  ABSL_ASSIGN_OR_RETURN(Addresses addresses, FindAddresses(flags));
  const absl::Duration settle = SettleTime(addresses.grpc);
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<exporter::attestations::Lister> lister, MakeLister(flags, registries));
  exporter::rpc::listen::GiveMemoryBack();
  exporter::rpc::listen::RaiseFileLimit();
  Server* running = nullptr;
  Metering metering(std::move(addresses.metrics), exporter::metrics::Metrics::Program::kService,
                    [&running, &flags] { return GaugesOf(*running, flags); });
  Server::Options options{.listen = std::move(addresses.grpc),
                          .group = flags.listen.group,
                          .allowed = flags.listen.allowed,
                          .tls = flags.listen.tls,
                          .root = flags.root,
                          .layouts = flags.layouts,
                          .lister = lister.get(),
                          .version = line::kVersion,
                          .parallel_exports = flags.parallel_exports,
                          .client_memory = flags.client_memory,
                          .limits = flags.limits,
                          .unpack_limits = flags.unpack_limits,
                          .client_calls = flags.client_calls,
                          .client_exports = flags.client_exports,
                          .new_output = new_output,
                          .registries = registries,
                          .on_export_end = metering.Counting(log_export),
                          .observer = metering.observer(),
                          .spans = tracing->sink(),
                          .on_evicted = metering.CountingEvicted(),
                          .keys = [&settings](absl::string_view name) { return settings.Get()->keys(name); },
                          .exporter = exporting::ExporterDeps(/*scratch=*/"")};
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<Server> server, Server::Start(options));
  running = server.get();
  ABSL_ASSIGN_OR_RETURN(const Http http, StartHttp(addresses.http, flags.listen.group, *lister, log));
  ABSL_RETURN_IF_ERROR(metering.Start(flags.listen.group, log));
  TellAddresses(log, server->addresses(), !flags.listen.tls.empty());
  const auto expire_uploads = [&server, &log] {
    // The next hour tries again.
    if (const absl::Status expired = server->ExpireUploads(absl::Now()); !expired.ok()) {
      log.Write(Log::Level::kWarning, absl::StrCat("old uploads stay: ", oci::words::Quoted(expired.message())));
    }
  };
  const auto reload = [&]() -> absl::Status {
    Flags again;
    ABSL_RETURN_IF_ERROR(ReadAgain<Flags>(invocation, command, Define, log, again));
    ABSL_ASSIGN_OR_RETURN(Settings next, ReadSettings(context, again));
    clients.push_back(next.registries);
    settings.Set(std::move(next));
    log.SetLevel(again.listen.log.level);
    return absl::OkStatus();
  };
  WaitForStop(context, flags.listen, log, manager, *invocation.interrupt,
              {.every_hour = expire_uploads, .reload = reload});
  const absl::Time end = absl::Now() + absl::Seconds(flags.listen.drain_seconds);
  if (settle > absl::ZeroDuration()) server->Settle(settle, end);
  if (http.server != nullptr) http.server->Drain(std::max(end - absl::Now(), absl::ZeroDuration()));
  server->Drain(std::max(end - absl::Now(), absl::ZeroDuration()));
  metering.Stop();
  return absl::OkStatus();
}

// What clients may take of the service.
void AddLimitFlags(CLI::App& command, Flags& flags) {
  const auto add_size = [&command](const std::string& name, int64_t& value, const std::string& description) {
    command.add_option(name, value, description)
        ->transform(CLI::AsSizeValue(false))
        ->check(CLI::Range(int64_t{0}, int64_t{1} << 60))
        ->default_str("no limit");
  };
  const auto add_count = [&command](const std::string& name, auto& value, const std::string& description) {
    return command.add_option(name, value, description)->check(CLI::Range(1, 1'000'000));
  };
  command
      .add_option("--client-memory", flags.client_memory,
                  "Memory for the requests and answers of all clients, the buffers of their connections included")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(int64_t{256} << 20, int64_t{1} << 40))
      ->default_str("256MiB");
  add_size("--store-quota", flags.limits.quota,
           "Size of all blobs and uploads below --root; the blobs least lately used go first when it is reached");
  add_size("--client-bytes", flags.limits.client_bytes, "The same for the blobs and uploads of each client");
  add_count("--client-blobs", flags.limits.client_blobs, "Number of blobs and uploads of each client")
      ->default_str("no limit");
  add_count("--client-uploads", flags.limits.client_uploads, "Number of unfinished uploads of each client")
      ->capture_default_str();
  add_count("--client-exports", flags.client_exports,
            "Number of exports that each client may have at once, those that wait included")
      ->capture_default_str();
  add_count("--client-calls", flags.client_calls, "Number of other calls that each client may have at once")
      ->capture_default_str();
}

CLI::App& Define(CLI::App& app, Flags& flags) {
  CLI::App& command = *app.add_subcommand("serve", "Serve exports over gRPC (docs/service.md)");
  ListenFlags::Add(command, flags.listen);
  command.add_option("--root", flags.root, "Directory for blobs and uploads")->type_name("DIR")->capture_default_str();
  command
      .add_option("--http", flags.http,
                  "Address, as those of --listen, on which the attestations of images are served over HTTP, as moby's "
                  "API has it; repeatable")
      ->type_name("ADDRESS")
      ->allow_extra_args(false);
  Metering::AddFlag(command, flags.metrics);
  command
      .add_option("--allow-layout", flags.layouts,
                  "Path below which requests may name OCI layouts, and archives whose attestations are asked for; "
                  "repeatable")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command
      .add_option("--allow-registry", flags.registries,
                  "Host of images whose attestations may be asked for; they are read with this service's credentials; "
                  "repeatable")
      ->type_name("HOST")
      ->allow_extra_args(false);
  AddSigningKeysFlag(command, flags.signing_keys);
  command
      .add_option("--parallel-exports", flags.parallel_exports,
                  "Number of exports that run at once; further exports wait")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  AddLimitFlags(command, flags);
  line::AddUnpackFlags(command, flags.unpack_limits);
  command.add_flag("--quiet", flags.quiet, "Print no line on standard error for each export");
  line::AddConfigFlag(command, flags.config);
  return command;
}

}  // namespace

void AddServeCommand(CLI::App& app, line::Invocation& invocation) {
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
