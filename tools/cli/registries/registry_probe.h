// SPDX-License-Identifier: Apache-2.0
// `waybill registry probe`: what a registry can do, found out by doing it.
#ifndef WAYBILL_TOOLS_CLI_REGISTRIES_REGISTRY_PROBE_H_
#define WAYBILL_TOOLS_CLI_REGISTRIES_REGISTRY_PROBE_H_

#include <ostream>
#include <string>

#include "CLI/App.hpp"
#include "absl/status/status.h"
#include "oci/context.h"

namespace waybill::cli::registries {

struct ProbeOptions {
  std::string repository;  // HOST/REPO
  std::string mount_from;  // REPO on the same host
  std::string config;      // a configuration file
  bool json = false;
  bool insecure = false;
  bool retry = false;  // a host that cannot be reached
};

// Declares the options of the command.
void AddProbeOptions(CLI::App& command, ProbeOptions& options);

// Writes one line for each finding, or one JSON object, also when the probe ends early; no lines when it found out
// nothing and left nothing. Errors: INVALID_ARGUMENT for a
// reference with tag or digest; those of the configuration and of Probe (oci/registry/probe.h).
absl::Status ProbeRegistry(const oci::Context& context, const ProbeOptions& options, std::ostream& out);

}  // namespace waybill::cli::registries

#endif  // WAYBILL_TOOLS_CLI_REGISTRIES_REGISTRY_PROBE_H_
