// SPDX-License-Identifier: Apache-2.0
// `waybill matrix`: which programs find what of an image.
#ifndef WAYBILL_TOOLS_CLI_IMAGES_MATRIX_COMMAND_H_
#define WAYBILL_TOOLS_CLI_IMAGES_MATRIX_COMMAND_H_

#include "CLI/CLI.hpp"
#include "tools/cli/line/invocation.h"

namespace waybill::cli::images {

void AddMatrixCommand(CLI::App& app, line::Invocation& invocation);

}  // namespace waybill::cli::images

#endif  // WAYBILL_TOOLS_CLI_IMAGES_MATRIX_COMMAND_H_
