// SPDX-License-Identifier: Apache-2.0
// `waybill publish`: the statements of an image in the forms that other programs look for.
#ifndef WAYBILL_TOOLS_CLI_EDITS_PUBLISH_COMMAND_H_
#define WAYBILL_TOOLS_CLI_EDITS_PUBLISH_COMMAND_H_

#include "CLI/CLI.hpp"
#include "tools/cli/line/invocation.h"

namespace waybill::cli::edits {

void AddPublishCommand(CLI::App& app, line::Invocation& invocation);

}  // namespace waybill::cli::edits

#endif  // WAYBILL_TOOLS_CLI_EDITS_PUBLISH_COMMAND_H_
