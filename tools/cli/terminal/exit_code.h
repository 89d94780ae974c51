// SPDX-License-Identifier: Apache-2.0
// How a command tells the shell and the user what went wrong (docs/cli.md, "Exit codes").
#ifndef WAYBILL_TOOLS_CLI_TERMINAL_EXIT_CODE_H_
#define WAYBILL_TOOLS_CLI_TERMINAL_EXIT_CODE_H_

#include <string>

#include "absl/status/status.h"

namespace waybill::cli::terminal {

inline constexpr int kUsageExit = 1;

// 0 ok, 1 usage, 2 verification, 3 auth, 4 registry refused, 5 network, 6 storage, 70 a fault of waybill itself,
// 130 interrupted.
int ExitCodeOf(const absl::Status& status);

// One line: what was attempted on what, then the cause. Control characters are escaped.
std::string ErrorLine(const absl::Status& status);

// For --debug: status code, reason and metadata, a line each, indented.
std::string ErrorDetails(const absl::Status& status);

}  // namespace waybill::cli::terminal

#endif  // WAYBILL_TOOLS_CLI_TERMINAL_EXIT_CODE_H_
