// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/environment_client.h"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "oci/error.h"
#include "oci/http/curl/proxy.h"
#include "oci/registry/config/config.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry {

EnvironmentClient::EnvironmentClient(const Options& options, Client::Configure hosts)
    : transport_({.proxy = http::curl::ProxyConfigFrom(options.environment)}),
      keychain_({.environment = options.environment, .uid = options.uid}),
      client_(Host::Deps{traced_, options.credentials != nullptr ? *options.credentials : keychain_, clock_},
              {.configure = std::move(hosts), .retry = options.retry, .limits = options.limits}) {}

absl::StatusOr<std::unique_ptr<EnvironmentClient>> EnvironmentClient::Create(const Options& options) {
  ABSL_ASSIGN_OR_RETURN(Client::Configure hosts, Hosts(options));
  return std::unique_ptr<EnvironmentClient>(new EnvironmentClient(options, std::move(hosts)));
}

absl::StatusOr<Client::Configure> EnvironmentClient::Hosts(const Options& options) {
  const std::string file =
      options.config_file.empty() ? options.environment("WAYBILL_CONFIG").value_or("") : options.config_file;
  config::RegistryTables tables;
  if (!file.empty()) {
    absl::StatusOr<config::RegistryTables> read = config::ReadConfig(file);
    if (!read.ok()) {
      return options.config_file.empty() ? Annotate(read.status(), "WAYBILL_CONFIG") : std::move(read).status();
    }
    tables = *std::move(read);
  }
  return [tables = std::move(tables), certs = options.certs_directories](absl::string_view domain) {
    return config::HostConfigFor(tables, domain, certs);
  };
}

EnvironmentClient::Options EnvironmentClient::FromProcess() {
  return {.environment = [](absl::string_view name) -> std::optional<std::string> {
            const char* const value = std::getenv(std::string(name).c_str());
            if (value == nullptr) return std::nullopt;
            return value;
          },
          .uid = static_cast<int>(::getuid())};
}

}  // namespace waybill::oci::registry
