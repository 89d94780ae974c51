// SPDX-License-Identifier: Apache-2.0
// waybill export.
#ifndef WAYBILL_TOOLS_CLI_EXPORT_COMMAND_H_
#define WAYBILL_TOOLS_CLI_EXPORT_COMMAND_H_

#include "CLI/App.hpp"
#include "tools/cli/invocation.h"

namespace waybill::cli {

void AddExportCommand(CLI::App& app, Invocation& invocation);

}  // namespace waybill::cli

#endif  // WAYBILL_TOOLS_CLI_EXPORT_COMMAND_H_
