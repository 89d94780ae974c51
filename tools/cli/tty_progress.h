// SPDX-License-Identifier: Apache-2.0
// Progress on a terminal: a block of lines that is redrawn in place.
#ifndef WAYBILL_TOOLS_CLI_TTY_PROGRESS_H_
#define WAYBILL_TOOLS_CLI_TTY_PROGRESS_H_

#include <cstdint>
#include <deque>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "oci/progress.h"
#include "tools/cli/progress.h"

namespace waybill::cli {

// Draws on a thread of its own, about ten times a second, so that a slow terminal slows nothing down. What is under way
// comes first; what has ended is only counted. The last drawing stays. Thread-safe.
class TtyProgress final : public oci::ProgressSink {
 public:
  explicit TtyProgress(const ProgressDeps& deps);
  ~TtyProgress() override;

  void Report(const oci::ProgressEvent& event) override;

 private:
  // Items that get a line of their own.
  static constexpr size_t kMaxLines = 8;

  void Draw();
  std::string Render() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string Summary() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Bytes per second of those that moved: over the last seconds, at the end over all.
  int64_t Rate(int64_t moved) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const ProgressDeps deps_;
  const absl::Time start_;
  absl::Mutex mutex_;
  std::vector<oci::ProgressEvent> items_ ABSL_GUARDED_BY(mutex_);  // the last event of each, in order of appearance
  std::vector<std::string> lines_ ABSL_GUARDED_BY(mutex_);         // that stay, not drawn yet
  size_t drawn_lines_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<std::pair<absl::Time, int64_t>> moved_ ABSL_GUARDED_BY(mutex_);  // bytes in all, at each drawing
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::jthread drawer_;
};

}  // namespace waybill::cli

#endif  // WAYBILL_TOOLS_CLI_TTY_PROGRESS_H_
