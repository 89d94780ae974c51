// SPDX-License-Identifier: Apache-2.0
// waybill registry ...: commands about registries.
#ifndef WAYBILL_TOOLS_CLI_REGISTRIES_REGISTRY_COMMAND_H_
#define WAYBILL_TOOLS_CLI_REGISTRIES_REGISTRY_COMMAND_H_

#include "CLI/App.hpp"
#include "tools/cli/line/invocation.h"

namespace waybill::cli::registries {

void AddRegistryCommand(CLI::App& app, line::Invocation& invocation);

}  // namespace waybill::cli::registries

#endif  // WAYBILL_TOOLS_CLI_REGISTRIES_REGISTRY_COMMAND_H_
