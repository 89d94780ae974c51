// SPDX-License-Identifier: Apache-2.0
// waybill version: what runs here.
#ifndef WAYBILL_TOOLS_CLI_COMMANDS_VERSION_COMMAND_H_
#define WAYBILL_TOOLS_CLI_COMMANDS_VERSION_COMMAND_H_

#include "CLI/App.hpp"
#include "tools/cli/line/invocation.h"

namespace waybill::cli::commands {

void AddVersionCommand(CLI::App& app, line::Invocation& invocation);

}  // namespace waybill::cli::commands

#endif  // WAYBILL_TOOLS_CLI_COMMANDS_VERSION_COMMAND_H_
