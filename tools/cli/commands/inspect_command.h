// SPDX-License-Identifier: Apache-2.0
// `waybill inspect`: an image as a tree.
#ifndef WAYBILL_TOOLS_CLI_COMMANDS_INSPECT_COMMAND_H_
#define WAYBILL_TOOLS_CLI_COMMANDS_INSPECT_COMMAND_H_

#include "CLI/App.hpp"
#include "tools/cli/line/invocation.h"

namespace waybill::cli::commands {

void AddInspectCommand(CLI::App& app, line::Invocation& invocation);

}  // namespace waybill::cli::commands

#endif  // WAYBILL_TOOLS_CLI_COMMANDS_INSPECT_COMMAND_H_
