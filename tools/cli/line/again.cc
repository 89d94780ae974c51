// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/line/again.h"

#include <algorithm>
#include <utility>

#include "CLI/Error.hpp"
#include "CLI/Option.hpp"
#include "absl/strings/str_cat.h"
#include "tools/cli/line/command_line.h"

namespace waybill::cli::line {

absl::Status ParseAgain(CLI::App& app, std::vector<std::string> arguments) {
  // The options that come before every command.
  app.add_flag("--debug");
  app.fallthrough();
  std::reverse(arguments.begin(), arguments.end());
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return CommandLineError(app, error);
  }
  return absl::OkStatus();
}

std::vector<std::string> ChangedOptions(const CLI::App& before, const CLI::App& after,
                                        const std::vector<std::string>& taken) {
  std::vector<std::string> changed;
  for (const CLI::Option* option : after.get_options({})) {
    for (const std::string& name : option->get_lnames()) {
      const std::string flag = absl::StrCat("--", name);
      if (std::find(taken.begin(), taken.end(), flag) != taken.end()) continue;
      if (before.get_option(flag)->results() != option->results()) changed.push_back(flag);
    }
  }
  return changed;
}

}  // namespace waybill::cli::line
