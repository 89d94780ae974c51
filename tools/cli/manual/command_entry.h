// SPDX-License-Identifier: Apache-2.0
// The commands and their options as values, read from the parser's own definitions, which --help prints too.
#ifndef WAYBILL_TOOLS_CLI_MANUAL_COMMAND_ENTRY_H_
#define WAYBILL_TOOLS_CLI_MANUAL_COMMAND_ENTRY_H_

#include <string>
#include <vector>

#include "CLI/App.hpp"

namespace waybill::cli::manual {

// An option, or an argument that is named by its place.
struct OptionEntry {
  std::vector<std::string> names;  // "-o", "--output"; of an argument the one name without dashes
  std::string value;               // the type of the value, such as DIR or "none|direct"; empty for a flag
  std::string description;
  std::string default_value;
  bool is_required = false;
};

struct CommandEntry {
  std::string name;  // "copy"
  std::string path;  // "waybill copy"
  std::string description;
  std::string footer;
  std::vector<OptionEntry> options;
  std::vector<OptionEntry> arguments;  // in their order; the last one may repeat
  std::vector<CommandEntry> commands;
};

// The command with all commands below it.
CommandEntry DescribeCommand(const CLI::App& app);

}  // namespace waybill::cli::manual

#endif  // WAYBILL_TOOLS_CLI_MANUAL_COMMAND_ENTRY_H_
