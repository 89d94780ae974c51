// SPDX-License-Identifier: Apache-2.0
// `waybill copy`: an image with all that refers to it, from place to place.
#ifndef WAYBILL_TOOLS_CLI_IMAGES_COPY_COMMAND_H_
#define WAYBILL_TOOLS_CLI_IMAGES_COPY_COMMAND_H_

#include "CLI/App.hpp"
#include "tools/cli/line/invocation.h"

namespace waybill::cli::images {

void AddCopyCommand(CLI::App& app, line::Invocation& invocation);

}  // namespace waybill::cli::images

#endif  // WAYBILL_TOOLS_CLI_IMAGES_COPY_COMMAND_H_
