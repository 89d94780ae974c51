// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/terminal/open_progress.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "absl/time/clock.h"
#include "oci/status_macros.h"
#include "tools/cli/terminal/progress.h"
#include "tools/cli/terminal/terminal.h"

namespace waybill::cli::terminal {

absl::StatusOr<std::unique_ptr<oci::ProgressSink>> OpenProgress(const std::string& text) {
  const bool can_redraw = CanRedraw(isatty(STDERR_FILENO) != 0, std::getenv("TERM"));
  ABSL_ASSIGN_OR_RETURN(const ProgressMode mode, ParseProgressMode(text, can_redraw));
  return NewProgress(
      mode, {.out = std::cerr, .now = [] { return absl::Now(); }, .screen = [] { return ScreenOf(STDERR_FILENO); }});
}

}  // namespace waybill::cli::terminal
