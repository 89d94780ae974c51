// SPDX-License-Identifier: Apache-2.0
// Progress on a terminal: a block of lines that is redrawn in place.
#ifndef WAYBILL_TOOLS_CLI_TERMINAL_TTY_PROGRESS_H_
#define WAYBILL_TOOLS_CLI_TERMINAL_TTY_PROGRESS_H_

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "oci/progress.h"
#include "tools/cli/terminal/progress.h"
#include "tools/cli/terminal/tty_block.h"

namespace waybill::cli::terminal {

// Draws on a thread of its own, about ten times a second, so that a slow terminal slows nothing down. The last drawing
// stays. Thread-safe.
class TtyProgress final : public oci::ProgressSink {
 public:
  explicit TtyProgress(const ProgressDeps& deps);
  ~TtyProgress() override;

  void Report(const oci::ProgressEvent& event) override;

 private:
  void Draw();

  const ProgressDeps deps_;
  absl::Mutex mutex_;
  TtyBlock block_ ABSL_GUARDED_BY(mutex_);
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::jthread drawer_;
};

}  // namespace waybill::cli::terminal

#endif  // WAYBILL_TOOLS_CLI_TERMINAL_TTY_PROGRESS_H_
