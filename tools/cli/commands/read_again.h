// SPDX-License-Identifier: Apache-2.0
// The flags of a command that serves, as a start of it would read them now.
#ifndef WAYBILL_TOOLS_CLI_COMMANDS_READ_AGAIN_H_
#define WAYBILL_TOOLS_CLI_COMMANDS_READ_AGAIN_H_

#include <string>
#include <vector>

#include "CLI/App.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "oci/status_macros.h"
#include "tools/cli/commands/log.h"
#include "tools/cli/line/again.h"
#include "tools/cli/line/invocation.h"
#include "tools/cli/line/settings.h"

namespace waybill::cli::commands {

// The options that take effect while the command runs.
inline const std::vector<std::string>& RereadOptions() {
  static const auto* const options =
      new std::vector<std::string>{"--config", "--signing-key", "--quiet", "--log-level"};
  return *options;
}

// Fills in `again` from the invocation's arguments, the environment and the configuration file. Warns of options that
// changed and need a new start; `running` has their values.
// `define` adds the command to a parser. `again` has a member `config`.
// Errors: those of ApplySettings.
template <typename Flags>
absl::Status ReadAgain(const line::Invocation& invocation, const CLI::App& running,
                       CLI::App& (*define)(CLI::App&, Flags&), const Log& log, Flags& again) {
  CLI::App app;
  CLI::App& parsed = define(app, again);
  ABSL_RETURN_IF_ERROR(line::ParseAgain(app, invocation.arguments));
  ABSL_RETURN_IF_ERROR(line::ApplySettings(parsed, again.config, line::ProcessEnvironment));
  const std::vector<std::string> changed = line::ChangedOptions(running, parsed, RereadOptions());
  if (!changed.empty()) {
    log.Write(Log::Level::kWarning,
              absl::StrCat(absl::StrJoin(changed, ", "), ": another value takes effect at the next start"));
  }
  return absl::OkStatus();
}

}  // namespace waybill::cli::commands

#endif  // WAYBILL_TOOLS_CLI_COMMANDS_READ_AGAIN_H_
