// SPDX-License-Identifier: Apache-2.0
// `waybill gc`: what refers to images that are gone, told and removed.
#ifndef WAYBILL_TOOLS_CLI_IMAGES_GC_COMMAND_H_
#define WAYBILL_TOOLS_CLI_IMAGES_GC_COMMAND_H_

#include "CLI/App.hpp"
#include "tools/cli/line/invocation.h"

namespace waybill::cli::images {

void AddGcCommand(CLI::App& app, line::Invocation& invocation);

}  // namespace waybill::cli::images

#endif  // WAYBILL_TOOLS_CLI_IMAGES_GC_COMMAND_H_
