// SPDX-License-Identifier: Apache-2.0
// `waybill convert`: the attestations of an image that exists in BuildKit's other form.
#ifndef WAYBILL_TOOLS_CLI_EDITS_CONVERT_COMMAND_H_
#define WAYBILL_TOOLS_CLI_EDITS_CONVERT_COMMAND_H_

#include "CLI/App.hpp"
#include "tools/cli/line/invocation.h"

namespace waybill::cli::edits {

void AddConvertCommand(CLI::App& app, line::Invocation& invocation);

}  // namespace waybill::cli::edits

#endif  // WAYBILL_TOOLS_CLI_EDITS_CONVERT_COMMAND_H_
