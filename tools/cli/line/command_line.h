// SPDX-License-Identifier: Apache-2.0
// The command line beyond what the parser does: other spellings, and errors that name the mistake.
#ifndef WAYBILL_TOOLS_CLI_LINE_COMMAND_LINE_H_
#define WAYBILL_TOOLS_CLI_LINE_COMMAND_LINE_H_

#include <string>
#include <vector>

#include "CLI/App.hpp"
#include "CLI/Error.hpp"
#include "absl/status/status.h"

namespace waybill::cli::line {

// The arguments without the program's name, as the parser reads them: "-o=V" is -o with the value V (spf13/pflag's
// rule, buildctl's and buildx'), "help COMMAND" is "COMMAND --help".
std::vector<std::string> ArgumentsOf(int argc, const char* const* argv);

// Whether "help COMMAND" was asked of a command that `app` does not have. The parser prints the help of what it knows.
bool IsHelpOfNothing(const CLI::App& app, int argc, const char* const* argv);

// What is wrong with the command line that `app` did not take: INVALID_ARGUMENT. What the parser does not know goes
// before what it misses, and gets the name that was meant, if one is near.
absl::Status CommandLineError(const CLI::App& app, const CLI::ParseError& error);

}  // namespace waybill::cli::line

#endif  // WAYBILL_TOOLS_CLI_LINE_COMMAND_LINE_H_
