// SPDX-License-Identifier: Apache-2.0
// Options that the command line leaves out: from environment variables, and from the configuration file (docs/cli.md).
#ifndef WAYBILL_TOOLS_CLI_LINE_SETTINGS_H_
#define WAYBILL_TOOLS_CLI_LINE_SETTINGS_H_

#include <functional>
#include <optional>
#include <string>

#include "CLI/App.hpp"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace waybill::cli::line {

using Environment = std::function<std::optional<std::string>(absl::string_view name)>;

// The environment of this process.
std::optional<std::string> ProcessEnvironment(absl::string_view name);

// Adds --config, whose value goes to `file`; `file` outlives the parser's callbacks.
void AddConfigFlag(CLI::App& command, std::string& file);

// Gives each option of `command` that the command line does not name its value of the variable WAYBILL_COMMAND_OPTION,
// or else of the table of the command in the configuration file, which is `file` or, if that is empty, the one that
// WAYBILL_CONFIG names. To be called when the command line has been parsed. Errors: INVALID_ARGUMENT naming the
// variable, or file, line and key, for values that the option does not take and for keys that are no option; a file
// that cannot be read.
absl::Status ApplySettings(CLI::App& command, const std::string& file, const Environment& environment);

// Whether the table of the command in the file can be used, with the same errors. The options have its values
// afterwards.
absl::Status ApplyConfigFile(CLI::App& command, const std::string& file);

}  // namespace waybill::cli::line

#endif  // WAYBILL_TOOLS_CLI_LINE_SETTINGS_H_
