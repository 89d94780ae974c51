// SPDX-License-Identifier: Apache-2.0
// The settings of a command that runs, read again: its arguments stay, files may have changed.
#ifndef WAYBILL_TOOLS_CLI_LINE_AGAIN_H_
#define WAYBILL_TOOLS_CLI_LINE_AGAIN_H_

#include <string>
#include <vector>

#include "CLI/App.hpp"
#include "absl/status/status.h"

namespace waybill::cli::line {

// Parses arguments (ArgumentsOf) that a parser took before, with a parser that has the same command. Errors:
// INVALID_ARGUMENT.
absl::Status ParseAgain(CLI::App& app, std::vector<std::string> arguments);

// The options ("--name") that have other values in `after` than in `before`, which are the same command; those of
// `taken` left out.
std::vector<std::string> ChangedOptions(const CLI::App& before, const CLI::App& after,
                                        const std::vector<std::string>& taken);

}  // namespace waybill::cli::line

#endif  // WAYBILL_TOOLS_CLI_LINE_AGAIN_H_
