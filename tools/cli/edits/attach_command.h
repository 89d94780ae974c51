// SPDX-License-Identifier: Apache-2.0
// `waybill attach`: statements added to an image that exists.
#ifndef WAYBILL_TOOLS_CLI_EDITS_ATTACH_COMMAND_H_
#define WAYBILL_TOOLS_CLI_EDITS_ATTACH_COMMAND_H_

#include "CLI/App.hpp"
#include "tools/cli/line/invocation.h"

namespace waybill::cli::edits {

void AddAttachCommand(CLI::App& app, line::Invocation& invocation);

}  // namespace waybill::cli::edits

#endif  // WAYBILL_TOOLS_CLI_EDITS_ATTACH_COMMAND_H_
