// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/registries/registry_command.h"

#include <iostream>
#include <memory>

#include "tools/cli/registries/registry_probe.h"
#include "tools/cli/registries/registry_serve.h"

namespace waybill::cli::registries {

void AddRegistryCommand(CLI::App& app, line::Invocation& invocation) {
  CLI::App& registry = *app.add_subcommand("registry", "Commands about registries");
  registry.require_subcommand(1);
  // Shared: the parser's callbacks and the invocation both end at times of their own.
  const auto options = std::make_shared<ServeOptions>();
  CLI::App& serve =
      *registry.add_subcommand("serve", "Serve a registry for tests, which can be as difficult as real ones");
  AddServeOptions(serve, *options);
  serve.callback([options, &invocation] {
    invocation.run = [options](const oci::Context& context) { return ServeRegistry(context, *options, std::cout); };
  });

  const auto probing = std::make_shared<ProbeOptions>();
  CLI::App& probe = *registry.add_subcommand("probe", "Find out what a registry can do, by trying");
  AddProbeOptions(probe, *probing);
  probe.callback([probing, &invocation] {
    invocation.run = [probing](const oci::Context& context) { return ProbeRegistry(context, *probing, std::cout); };
  });
}

}  // namespace waybill::cli::registries
