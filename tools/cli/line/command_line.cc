// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/line/command_line.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "oci/error.h"
#include "oci/words/nearest_name.h"

namespace waybill::cli::line {
namespace {

// The program and the commands that were named, one within the other.
std::vector<const CLI::App*> Named(const CLI::App& app) {
  std::vector<const CLI::App*> named = {&app};
  while (!named.back()->get_subcommands().empty()) named.push_back(named.back()->get_subcommands().front());
  return named;
}

std::vector<std::string> CommandsOf(const CLI::App& app) {
  std::vector<std::string> commands;
  for (const CLI::App* command : app.get_subcommands({})) commands.push_back(command->get_name());
  return commands;
}

std::string DidYouMean(absl::string_view dashes, const std::string& name) {
  return name.empty() ? "" : absl::StrCat(" (did you mean ", dashes, name, "?)");
}

std::string UnknownOption(const std::vector<const CLI::App*>& named, const std::string& argument) {
  const std::string option = argument.substr(0, argument.find('='));
  std::vector<std::string> known;
  for (const CLI::App* command : {named.back(), named.front()}) {
    for (const CLI::Option* candidate : command->get_options({})) {
      known.insert(known.end(), candidate->get_lnames().begin(), candidate->get_lnames().end());
    }
  }
  const std::string name = option.substr(std::min(option.find_first_not_of('-'), option.size()));
  return absl::StrCat("unknown option ", option, DidYouMean("--", oci::words::NearestName(name, known)));
}

std::string Unknown(const std::vector<const CLI::App*>& named, const std::string& argument) {
  if (absl::StartsWith(argument, "-")) return UnknownOption(named, argument);
  const std::vector<std::string> commands = CommandsOf(*named.back());
  if (commands.empty()) return absl::StrCat("unexpected argument ", argument);
  return absl::StrCat("unknown command ", argument, DidYouMean("", oci::words::NearestName(argument, commands)));
}

}  // namespace

std::vector<std::string> ArgumentsOf(int argc, const char* const* argv) {
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument.size() > 2 && argument[0] == '-' && absl::ascii_isalpha(static_cast<unsigned char>(argument[1])) &&
        argument[2] == '=') {
      arguments.push_back(argument.substr(0, 2));
      arguments.push_back(argument.substr(3));
    } else {
      arguments.push_back(argument);
    }
  }
  if (!arguments.empty() && arguments[0] == "help") {
    arguments.erase(arguments.begin());
    arguments.push_back("--help");
  }
  return arguments;
}

bool IsHelpOfNothing(const CLI::App& app, int argc, const char* const* argv) {
  return argc > 2 && absl::string_view(argv[1]) == "help" && !app.remaining(/*recurse=*/true).empty();
}

absl::Status CommandLineError(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<const CLI::App*> named = Named(app);
  std::string what = error.what();
  const std::vector<std::string> commands = CommandsOf(*named.back());
  if (!commands.empty()) what = absl::StrCat("a command is wanted: ", absl::StrJoin(commands, ", "));
  for (const std::string& argument : app.remaining(/*recurse=*/true)) {
    if (argument == "--") continue;
    what = Unknown(named, argument);
    break;
  }
  const std::string command = absl::StrJoin(
      named, " ", [](std::string* out, const CLI::App* named_app) { absl::StrAppend(out, named_app->get_name()); });
  return oci::InvalidInputError(absl::StrCat(what, "; see ", command, " --help"));
}

}  // namespace waybill::cli::line
