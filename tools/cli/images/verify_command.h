// SPDX-License-Identifier: Apache-2.0
// `waybill verify`: an image and its attestations, read back and checked.
#ifndef WAYBILL_TOOLS_CLI_IMAGES_VERIFY_COMMAND_H_
#define WAYBILL_TOOLS_CLI_IMAGES_VERIFY_COMMAND_H_

#include "CLI/App.hpp"
#include "tools/cli/line/invocation.h"

namespace waybill::cli::images {

void AddVerifyCommand(CLI::App& app, line::Invocation& invocation);

}  // namespace waybill::cli::images

#endif  // WAYBILL_TOOLS_CLI_IMAGES_VERIFY_COMMAND_H_
