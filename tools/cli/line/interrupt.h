// SPDX-License-Identifier: Apache-2.0
// SIGINT, SIGTERM and SIGHUP (unless it was ignored, as by nohup) as a request to stop; SIGHUP as a request to read
// settings again, where a command does that.
#ifndef WAYBILL_TOOLS_CLI_LINE_INTERRUPT_H_
#define WAYBILL_TOOLS_CLI_LINE_INTERRUPT_H_

#include <functional>
#include <memory>
#include <stop_token>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "oci/file/fd.h"

namespace waybill::cli::line {

// From creation on, the first signal requests the stop; the second ends the program at once with exit code 130. Create
// it before any other thread, since it blocks the signals for all threads started afterwards.
class Interrupt {
 public:
  static absl::StatusOr<std::unique_ptr<Interrupt>> Create();
  ~Interrupt();

  std::stop_token token() const { return stop_.get_token(); }

  // From now on SIGHUP calls `call`, on a thread of its own, and requests no stop. `call` returns soon, and is not
  // called any more once another one has been set.
  void OnHangup(std::function<void()> call);

 private:
  Interrupt(oci::file::Fd signals, oci::file::Fd end);
  void Watch();
  // Whether there was something to call.
  bool CallOnHangup();

  const oci::file::Fd signals_;
  const oci::file::Fd end_;  // readable when the watcher is to end
  std::stop_source stop_;
  absl::Mutex mutex_;
  std::function<void()> on_hangup_ ABSL_GUARDED_BY(mutex_);
  std::jthread watcher_;
};

}  // namespace waybill::cli::line

#endif  // WAYBILL_TOOLS_CLI_LINE_INTERRUPT_H_
