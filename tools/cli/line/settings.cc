// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/line/settings.h"

#include <cstdlib>
#include <utility>
#include <vector>

#include "CLI/Error.hpp"
#include "CLI/Option.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "oci/error.h"
#include "oci/registry/config/config.h"
#include "oci/status_macros.h"
#include "oci/words/nearest_name.h"

namespace waybill::cli::line {
namespace {

// Where the values themselves are said to be is no setting.
bool IsSetting(const std::string& name) { return name != "help" && name != "config"; }

std::vector<std::string> NamesOf(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options({})) {
    for (const std::string& name : option->get_lnames()) {
      if (IsSetting(name)) names.push_back(name);
    }
  }
  return names;
}

std::string VariableOf(const CLI::App& command, absl::string_view option) {
  return absl::AsciiStrToUpper(
      absl::StrReplaceAll(absl::StrCat("waybill_", command.get_name(), "_", option), {{"-", "_"}}));
}

// As if the command line had the option, once for each value. `place` says where the values are from.
absl::Status Set(CLI::Option& option, const std::vector<std::string>& values, absl::string_view place) {
  if (values.size() != 1 && option.get_expected_max() <= 1) {
    return oci::InvalidInputError(absl::StrCat(place, ": one value is wanted"));
  }
  try {
    for (const std::string& value : values) option.add_result(value);
    option.run_callback();
  } catch (const CLI::ParseError& error) {
    option.clear();
    return oci::InvalidInputError(absl::StrCat(place, ": ", error.what()));
  }
  return absl::OkStatus();
}

absl::Status ApplyEnvironment(CLI::App& command, const Environment& environment) {
  for (const std::string& name : NamesOf(command)) {
    CLI::Option& option = *command.get_option(absl::StrCat("--", name));
    const std::string variable = VariableOf(command, name);
    const std::optional<std::string> text = environment(variable);
    if (option.count() > 0 || !text.has_value() || text->empty()) continue;
    const bool repeats = option.get_expected_max() > 1;
    const std::vector<std::string> values =
        repeats ? absl::StrSplit(*text, absl::ByAnyChar(" \n"), absl::SkipEmpty()) : std::vector<std::string>{*text};
    ABSL_RETURN_IF_ERROR(Set(option, values, variable));
  }
  return absl::OkStatus();
}

}  // namespace

std::optional<std::string> ProcessEnvironment(absl::string_view name) {
  const char* const value = std::getenv(std::string(name).c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

void AddConfigFlag(CLI::App& command, std::string& file) {
  command
      .add_option("--config", file,
                  absl::StrCat("Configuration file, in place of WAYBILL_CONFIG, with options in [", command.get_name(),
                               "] and registries in [registry.\"host\"]"))
      ->type_name("FILE");
}

absl::Status ApplyConfigFile(CLI::App& command, const std::string& file) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<oci::registry::config::Setting> settings,
                        oci::registry::config::ReadSettings(file, command.get_name()));
  const std::vector<std::string> names = NamesOf(command);
  for (const oci::registry::config::Setting& setting : settings) {
    CLI::Option* const option =
        IsSetting(setting.key) ? command.get_option_no_throw(absl::StrCat("--", setting.key)) : nullptr;
    if (option == nullptr) {
      const std::string nearest = oci::words::NearestName(setting.key, names);
      return oci::InvalidInputError(
          absl::StrCat(setting.place, ": waybill ", command.get_name(), " has no such option",
                       nearest.empty() ? "" : absl::StrCat(" (did you mean ", nearest, "?)")));
    }
    if (option->count() == 0) ABSL_RETURN_IF_ERROR(Set(*option, setting.values, setting.place));
  }
  return absl::OkStatus();
}

absl::Status ApplySettings(CLI::App& command, const std::string& file, const Environment& environment) {
  ABSL_RETURN_IF_ERROR(ApplyEnvironment(command, environment));
  if (!file.empty()) return ApplyConfigFile(command, file);
  const std::string path = environment("WAYBILL_CONFIG").value_or("");
  return path.empty() ? absl::OkStatus() : oci::Annotate(ApplyConfigFile(command, path), "WAYBILL_CONFIG");
}

}  // namespace waybill::cli::line
