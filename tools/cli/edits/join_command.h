// SPDX-License-Identifier: Apache-2.0
// `waybill join`: images of several builders as one index.
#ifndef WAYBILL_TOOLS_CLI_EDITS_JOIN_COMMAND_H_
#define WAYBILL_TOOLS_CLI_EDITS_JOIN_COMMAND_H_

#include "CLI/App.hpp"
#include "tools/cli/line/invocation.h"

namespace waybill::cli::edits {

void AddJoinCommand(CLI::App& app, line::Invocation& invocation);

}  // namespace waybill::cli::edits

#endif  // WAYBILL_TOOLS_CLI_EDITS_JOIN_COMMAND_H_
