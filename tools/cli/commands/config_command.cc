// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/commands/config_command.h"

#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "oci/error.h"
#include "oci/registry/config/config.h"
#include "oci/registry/config/fallback.h"
#include "oci/registry/config/host_config.h"
#include "oci/status_macros.h"
#include "tools/cli/line/settings.h"

namespace waybill::cli::commands {
namespace {

using oci::registry::config::HostConfig;
using oci::registry::config::RegistryTables;

// What could not be used when it is needed.
absl::Status CheckTable(const std::string& host, const oci::registry::config::RegistryTable& settings,
                        const HostConfig& config) {
  const std::string table = absl::StrCat("registry.\"", host, "\"");
  for (const std::string& directory : settings.tls_directories) {
    std::error_code error;
    if (std::filesystem::is_directory(directory, error)) continue;
    std::cerr << absl::StrCat("warning: ", table, ".tlsconfigdir: there is no directory ", directory, "\n");
  }
  return oci::Annotate(oci::registry::config::CheckCertificates(config), table);
}

// Reads the file and everything that it names, and tells how each host will be reached.
absl::Status Check(const std::string& path, std::ostream& out) {
  ABSL_ASSIGN_OR_RETURN(const RegistryTables tables, oci::registry::config::ReadConfig(path));
  for (const auto& [host, settings] : tables) {
    ABSL_ASSIGN_OR_RETURN(const HostConfig config, oci::registry::config::HostConfigFor(tables, host, {}));
    ABSL_RETURN_IF_ERROR(CheckTable(host, settings, config));
    out << host << ":";
    for (const oci::registry::config::Endpoint& endpoint : oci::registry::config::EndpointsFor(host, config)) {
      out << " " << endpoint.base_url
          << (endpoint.tls.skip_verify && absl::StartsWith(endpoint.base_url, "https:") ? " (unverified)" : "");
    }
    for (const oci::registry::config::FallbackWord& word : oci::registry::config::kFallbackWords) {
      if (config.referrers_fallback == word.value) out << "; referrers-fallback " << word.text;
    }
    if (!config.mirrors.empty()) out << "; read from " << absl::StrJoin(config.mirrors, ", ") << " first";
    out << "\n";
  }
  return absl::OkStatus();
}

}  // namespace

void AddConfigCommand(CLI::App& app, line::Invocation& invocation) {
  CLI::App& config = *app.add_subcommand("config", "Commands about the configuration file");
  config.require_subcommand(1);
  // Shared: the parser's callbacks and the invocation both end at times of their own.
  const auto path = std::make_shared<std::string>();
  CLI::App& check =
      *config.add_subcommand("check", "Check a configuration file and print how waybill reaches each host");
  check.add_option("file", *path, "Configuration file (TOML)")->type_name("FILE")->required();
  check.callback([path, &app, &invocation] {
    invocation.run = [path, &app](const oci::Context&) -> absl::Status {
      ABSL_RETURN_IF_ERROR(Check(*path, std::cout));
      for (const char* const name : {"serve", "bridge"}) {
        ABSL_RETURN_IF_ERROR(line::ApplyConfigFile(*app.get_subcommand(name), *path));
      }
      return absl::OkStatus();
    };
  });
}

}  // namespace waybill::cli::commands
