// SPDX-License-Identifier: Apache-2.0
// `waybill inspect`: an image as a tree.
#ifndef WAYBILL_TOOLS_CLI_IMAGES_INSPECT_COMMAND_H_
#define WAYBILL_TOOLS_CLI_IMAGES_INSPECT_COMMAND_H_

#include "CLI/App.hpp"
#include "tools/cli/line/invocation.h"

namespace waybill::cli::images {

void AddInspectCommand(CLI::App& app, line::Invocation& invocation);

}  // namespace waybill::cli::images

#endif  // WAYBILL_TOOLS_CLI_IMAGES_INSPECT_COMMAND_H_
