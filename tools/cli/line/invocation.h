// SPDX-License-Identifier: Apache-2.0
// What a command line asked for. Each command adds itself to the parser and, when it is the one that was named, fills
// this in; main runs it.
#ifndef WAYBILL_TOOLS_CLI_LINE_INVOCATION_H_
#define WAYBILL_TOOLS_CLI_LINE_INVOCATION_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "oci/context.h"
#include "tools/cli/line/interrupt.h"

namespace waybill::cli::line {

struct Invocation {
  // Stopped by the first signal (interrupt.h).
  std::function<absl::Status(const oci::Context&)> run;

  // Filled in before `run`: the arguments, as ArgumentsOf gives them, and the process's signals, which outlive the run.
  std::vector<std::string> arguments = {};
  Interrupt* interrupt = nullptr;
};

}  // namespace waybill::cli::line

#endif  // WAYBILL_TOOLS_CLI_LINE_INVOCATION_H_
