// SPDX-License-Identifier: Apache-2.0
// waybill config ...: commands about the configuration file.
#ifndef WAYBILL_TOOLS_CLI_CONFIG_COMMAND_H_
#define WAYBILL_TOOLS_CLI_CONFIG_COMMAND_H_

#include "CLI/App.hpp"
#include "tools/cli/invocation.h"

namespace waybill::cli {

void AddConfigCommand(CLI::App& app, Invocation& invocation);

}  // namespace waybill::cli

#endif  // WAYBILL_TOOLS_CLI_CONFIG_COMMAND_H_
