// SPDX-License-Identifier: Apache-2.0
// `waybill registry serve`: a registry in memory or on a directory of OCI layouts, as difficult as asked for.
#ifndef WAYBILL_TOOLS_CLI_REGISTRIES_REGISTRY_SERVE_H_
#define WAYBILL_TOOLS_CLI_REGISTRIES_REGISTRY_SERVE_H_

#include <CLI/CLI.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "oci/context.h"

namespace waybill::cli::registries {

struct ServeOptions {
  std::string listen = "127.0.0.1:5000";
  std::string directory;  // empty: in memory
  std::string profile = "spec";
  std::vector<std::string> faults;        // oci/registry/testing/fault_text.h, behavior_switches.h
  std::string credentials;                // "USER:PASSWORD"; empty: open to all
  std::vector<std::string> repositories;  // there from the start
  bool quiet = false;
  bool list_faults = false;
  bool list_profiles = false;
};

// Declares the options of the command.
void AddServeOptions(CLI::App& command, ServeOptions& options);

// Serves until `context` is stopped: one line with the address, then one for each request unless `quiet`. With
// `list_faults` or `list_profiles` it only describes these. Errors: INVALID_ARGUMENT for the options; the registry's.
absl::Status ServeRegistry(const oci::Context& context, const ServeOptions& options, std::ostream& out);

}  // namespace waybill::cli::registries

#endif  // WAYBILL_TOOLS_CLI_REGISTRIES_REGISTRY_SERVE_H_
