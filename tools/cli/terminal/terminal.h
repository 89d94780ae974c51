// SPDX-License-Identifier: Apache-2.0
// What a terminal can show.
#ifndef WAYBILL_TOOLS_CLI_TERMINAL_TERMINAL_H_
#define WAYBILL_TOOLS_CLI_TERMINAL_TERMINAL_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace waybill::cli::terminal {

struct ScreenSize {
  size_t columns = 80;
  size_t rows = 24;
};

// The size that the descriptor's terminal has now; the default for what is no terminal or does not know.
ScreenSize ScreenOf(int fd);

// Whether lines can be drawn over again: on a terminal that $TERM (null when it is not set) does not call dumb.
bool CanRedraw(bool is_terminal, const char* term);

// One line of 8 KiB at most, escaped as oci::Escaped does it.
std::string Printable(absl::string_view text);

// As much of `text`, UTF-8 without control characters, as surely fits: what is not ASCII may take two columns.
absl::string_view CutToColumns(absl::string_view text, size_t columns);

}  // namespace waybill::cli::terminal

#endif  // WAYBILL_TOOLS_CLI_TERMINAL_TERMINAL_H_
