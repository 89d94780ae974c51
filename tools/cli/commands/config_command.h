// SPDX-License-Identifier: Apache-2.0
// waybill config ...: commands about the configuration file.
#ifndef WAYBILL_TOOLS_CLI_COMMANDS_CONFIG_COMMAND_H_
#define WAYBILL_TOOLS_CLI_COMMANDS_CONFIG_COMMAND_H_

#include "CLI/App.hpp"
#include "tools/cli/line/invocation.h"

namespace waybill::cli::commands {

// Checks the tables of `serve` and `bridge` too, which are commands of `app` by the time that this one runs. `app` must
// outlive the command.
void AddConfigCommand(CLI::App& app, line::Invocation& invocation);

}  // namespace waybill::cli::commands

#endif  // WAYBILL_TOOLS_CLI_COMMANDS_CONFIG_COMMAND_H_
