// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/manual/command_entry.h"

#include <utility>

#include "CLI/Option.hpp"
#include "absl/strings/str_cat.h"

namespace waybill::cli::manual {
namespace {

OptionEntry DescribeOption(const CLI::Option& option) {
  OptionEntry entry{.description = option.get_description(),
                    .default_value = option.get_default_str(),
                    .is_required = option.get_required()};
  for (const std::string& name : option.get_snames()) entry.names.push_back(absl::StrCat("-", name));
  for (const std::string& name : option.get_lnames()) entry.names.push_back(absl::StrCat("--", name));
  if (entry.names.empty()) entry.names.push_back(option.get_name(/*positional=*/true));
  if (option.get_items_expected_max() == 0) return entry;
  // Checks of the value stand behind a colon.
  const std::string type = option.get_type_name();
  entry.value = type.substr(0, type.find(':'));
  return entry;
}

CommandEntry Describe(const CLI::App& app, const std::string& parent) {
  CommandEntry entry{.name = app.get_name(),
                     .path = parent.empty() ? app.get_name() : absl::StrCat(parent, " ", app.get_name()),
                     .description = app.get_description(),
                     .footer = app.get_footer()};
  for (const CLI::Option* option : app.get_options({})) {
    (option->nonpositional() ? entry.options : entry.arguments).push_back(DescribeOption(*option));
  }
  for (const CLI::App* command : app.get_subcommands({})) {
    entry.commands.push_back(Describe(*command, entry.path));
  }
  return entry;
}

}  // namespace

CommandEntry DescribeCommand(const CLI::App& app) { return Describe(app, ""); }

}  // namespace waybill::cli::manual
