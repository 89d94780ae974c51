// SPDX-License-Identifier: Apache-2.0
// waybill sign: the statements of an image that exists as bundles signed by a key (docs/guide-sign.md).
#ifndef WAYBILL_TOOLS_CLI_EDITS_SIGN_COMMAND_H_
#define WAYBILL_TOOLS_CLI_EDITS_SIGN_COMMAND_H_

#include "CLI/App.hpp"
#include "tools/cli/line/invocation.h"

namespace waybill::cli::edits {

void AddSignCommand(CLI::App& app, line::Invocation& invocation);

}  // namespace waybill::cli::edits

#endif  // WAYBILL_TOOLS_CLI_EDITS_SIGN_COMMAND_H_
