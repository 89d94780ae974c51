// SPDX-License-Identifier: Apache-2.0
// The block of lines that shows progress on a terminal and is drawn over itself.
#ifndef WAYBILL_TOOLS_CLI_TERMINAL_TTY_BLOCK_H_
#define WAYBILL_TOOLS_CLI_TERMINAL_TTY_BLOCK_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "oci/progress.h"
#include "tools/cli/terminal/terminal.h"

namespace waybill::cli::terminal {

// What is under way comes first; what has ended is only counted. Warnings and what became of a destination stay above
// the block. Not thread-safe.
class TtyBlock {
 public:
  explicit TtyBlock(absl::Time start) : start_(start) {}

  void Add(const oci::ProgressEvent& event);
  // The bytes that replace the drawing before. No line of the block reaches the last column, where a terminal would go
  // on in the next row, and all of them fit on the screen. With `last` the rate is that of the whole.
  std::string Render(absl::Time now, const ScreenSize& screen, bool last);

 private:
  // Items that get a line of their own.
  static constexpr size_t kMaxItems = 8;

  std::string Summary(absl::Time now, bool last);
  // Bytes per second of those that moved, over the last seconds.
  int64_t Rate(absl::Time now, int64_t moved, bool last);

  const absl::Time start_;
  std::vector<oci::ProgressEvent> items_;  // the last event of each, in order of appearance
  std::vector<std::string> stay_;          // not drawn yet
  size_t drawn_lines_ = 0;
  std::deque<std::pair<absl::Time, int64_t>> moved_;  // bytes in all, at each drawing
};

}  // namespace waybill::cli::terminal

#endif  // WAYBILL_TOOLS_CLI_TERMINAL_TTY_BLOCK_H_
