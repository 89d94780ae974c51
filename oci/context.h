// SPDX-License-Identifier: Apache-2.0
// What every call that may block takes first: when to stop, whom to tell how far it is, and who counts what it does.
#ifndef WAYBILL_OCI_CONTEXT_H_
#define WAYBILL_OCI_CONTEXT_H_

#include <chrono>
#include <functional>
#include <stop_token>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "oci/observer.h"
#include "oci/progress.h"

namespace waybill::oci {

// Cheap to copy and immutable; safe to use from several threads at once.
class Context {
 public:
  // Never stops, has no deadline and reports to nobody.
  Context() = default;

  // The new token replaces the old one; to stop with the outer context as well, use LinkedStop.
  Context WithStop(std::stop_token stop) const;
  // The earlier of the two deadlines holds.
  Context WithDeadline(absl::Time deadline) const;
  // The same, `timeout` from now. Deadlines are those of the machine's clock, because calls to the system observe them.
  Context WithTimeout(absl::Duration timeout) const;
  // `sink` must outlive every copy of the context.
  Context WithProgress(ProgressSink& sink) const;
  // The same; null observes nothing.
  Context WithObserver(Observer* observer) const;

  // OK, CANCELLED (Reason::kInterrupted) or DEADLINE_EXCEEDED (Reason::kTimeout).
  absl::Status Check() const;
  // Never blocks a transfer; nothing happens without a sink.
  void Report(const ProgressEvent& event) const;
  // The same for facts, without an observer.
  void Observe(const Fact& fact) const;

  const std::stop_token& stop_token() const { return stop_; }
  absl::Time deadline() const { return deadline_; }

 private:
  std::stop_token stop_;
  absl::Time deadline_ = absl::InfiniteFuture();
  ProgressSink* progress_ = nullptr;
  Observer* observer_ = nullptr;
};

// A stop of one's own below an outer context: stops when Request is called or when the outer context is stopped.
// For a group of workers whose first failure ends the others. Must outlive the contexts it gives.
class LinkedStop {
 public:
  explicit LinkedStop(const Context& outer)
      : outer_(outer), link_(outer.stop_token(), [this] { source_.request_stop(); }) {}
  Context context() const { return outer_.WithStop(source_.get_token()); }
  void Request() { source_.request_stop(); }

 private:
  Context outer_;
  std::stop_source source_;
  std::stop_callback<std::function<void()>> link_;
};

// Tells the context's observer how long a stage took: from the timer's construction to its end, by the machine's
// monotonic clock.
class StageTimer {
 public:
  StageTimer(const Context& context, Stage stage) : context_(context), stage_(stage) {}
  ~StageTimer() {
    context_.Observe(StageEnded{.stage = stage_, .took = absl::FromChrono(std::chrono::steady_clock::now() - start_)});
  }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

 private:
  const Context context_;
  const Stage stage_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace waybill::oci

#endif  // WAYBILL_OCI_CONTEXT_H_
