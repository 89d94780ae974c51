// SPDX-License-Identifier: Apache-2.0
// waybill bridge.
#ifndef WAYBILL_TOOLS_CLI_BRIDGE_COMMAND_H_
#define WAYBILL_TOOLS_CLI_BRIDGE_COMMAND_H_

#include "CLI/App.hpp"
#include "tools/cli/invocation.h"

namespace waybill::cli {

void AddBridgeCommand(CLI::App& app, Invocation& invocation);

}  // namespace waybill::cli

#endif  // WAYBILL_TOOLS_CLI_BRIDGE_COMMAND_H_
