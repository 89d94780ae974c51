// SPDX-License-Identifier: Apache-2.0
// The commands that describe the command line: `completion` and `man`.
#ifndef WAYBILL_TOOLS_CLI_MANUAL_MANUAL_COMMANDS_H_
#define WAYBILL_TOOLS_CLI_MANUAL_MANUAL_COMMANDS_H_

#include "CLI/CLI.hpp"
#include "tools/cli/line/invocation.h"

namespace waybill::cli::manual {

// Prints the completion script of a shell.
void AddCompletionCommand(CLI::App& app, line::Invocation& invocation);

// Writes the manual pages of `app` into a directory. `app` and `invocation` must outlive the command.
void AddManCommand(CLI::App& app, line::Invocation& invocation);

}  // namespace waybill::cli::manual

#endif  // WAYBILL_TOOLS_CLI_MANUAL_MANUAL_COMMANDS_H_
