// SPDX-License-Identifier: Apache-2.0
// Progress on a stream: a redrawn block on a terminal, lines, JSON, or nothing.
#ifndef WAYBILL_TOOLS_CLI_TERMINAL_PROGRESS_H_
#define WAYBILL_TOOLS_CLI_TERMINAL_PROGRESS_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "oci/progress.h"
#include "tools/cli/terminal/terminal.h"

namespace waybill::cli::terminal {

enum class ProgressMode { kTty, kPlain, kRawJson, kQuiet };

// "auto" is tty where lines can be drawn over again and plain elsewhere. INVALID_ARGUMENT naming the text.
absl::StatusOr<ProgressMode> ParseProgressMode(absl::string_view text, bool can_redraw);

struct ProgressDeps {
  std::ostream& out;  // nobody else writes to it meanwhile
  std::function<absl::Time()> now;
  std::function<ScreenSize()> screen;  // asked at each drawing, by kTty only
};
// Thread-safe. What was drawn is complete once it has gone. Every mode tells of warnings.
std::unique_ptr<oci::ProgressSink> NewProgress(ProgressMode mode, const ProgressDeps& deps);

// "12.3MB": three digits and decimal units, as in docker.
std::string FormatBytes(int64_t bytes);
// "transferring", ...
absl::string_view StateName(oci::ProgressEvent::State state);
// Nothing more will come about the item.
bool IsFinal(oci::ProgressEvent::State state);

}  // namespace waybill::cli::terminal

#endif  // WAYBILL_TOOLS_CLI_TERMINAL_PROGRESS_H_
