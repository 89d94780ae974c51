// SPDX-License-Identifier: Apache-2.0
// What a command line asked for. Each command adds itself to the parser and, when it is the one that was named, fills
// this in; main runs it.
#ifndef WAYBILL_TOOLS_CLI_LINE_INVOCATION_H_
#define WAYBILL_TOOLS_CLI_LINE_INVOCATION_H_

#include <functional>

#include "absl/status/status.h"
#include "oci/context.h"

namespace waybill::cli::line {

struct Invocation {
  // Stopped by the first signal (interrupt.h).
  std::function<absl::Status(const oci::Context&)> run;
};

}  // namespace waybill::cli::line

#endif  // WAYBILL_TOOLS_CLI_LINE_INVOCATION_H_
