// SPDX-License-Identifier: Apache-2.0
// What every call that may block takes first: when to stop, whom to tell how far it is, who counts what it does, where
// it stands in a trace, and how much layers from outside may become.
#ifndef WAYBILL_OCI_CONTEXT_H_
#define WAYBILL_OCI_CONTEXT_H_

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "oci/observer.h"
#include "oci/progress.h"
#include "oci/trace/span.h"
#include "oci/unpack_limits.h"

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
  // What follows is done for a call from `remote`, which need not be valid. Its spans go to `sink`, which must outlive
  // every copy of the context; null, and a trace that is not sampled, have none.
  Context WithTrace(trace::SpanSink* sink, const trace::SpanContext& remote) const;
  // The place of `other` in its trace, and the rest of this.
  Context WithTraceOf(const Context& other) const;

  // The operator's limits replace the defaults.
  Context WithUnpackLimits(const UnpackLimits& limits) const;

  // OK, CANCELLED (Reason::kInterrupted) or DEADLINE_EXCEEDED (Reason::kTimeout).
  absl::Status Check() const;
  // Never blocks a transfer; nothing happens without a sink.
  void Report(const ProgressEvent& event) const;
  // The same for facts, without an observer.
  void Observe(const Fact& fact) const;

  const std::stop_token& stop_token() const { return stop_; }
  absl::Time deadline() const { return deadline_; }
  // The span that is under way, for other processes. Not valid outside of one.
  const trace::SpanContext& trace() const { return trace_; }
  const UnpackLimits& unpack_limits() const { return unpack_limits_; }

 private:
  friend class Span;

  std::stop_token stop_;
  absl::Time deadline_ = absl::InfiniteFuture();
  ProgressSink* progress_ = nullptr;
  Observer* observer_ = nullptr;
  trace::SpanSink* spans_ = nullptr;
  trace::SpanContext trace_;
  UnpackLimits unpack_limits_;
};

// OpenTelemetry's name of the attribute that tells kinds of errors apart.
inline constexpr absl::string_view kErrorType = "error.type";

// Work with a beginning and an end, told to the context's sink when it is over: by Close, or at the span's own end.
// Where there is no sink a span is one look at the context. Not thread-safe, but for context().
class Span {
 public:
  // Below the span of `parent`, which must outlive this. Names are few: what differs goes into attributes.
  Span(const Context& parent ABSL_ATTRIBUTE_LIFETIME_BOUND, absl::string_view name,
       trace::SpanKind kind = trace::SpanKind::kInternal);
  ~Span();
  Span(const Span&) = delete;
  Span& operator=(const Span&) = delete;

  // For what is done in the span; lives as long as this.
  const Context& context() const { return recording_ == nullptr ? parent_ : recording_->context; }
  // Whether what Set is told goes anywhere.
  bool recorded() const { return recording_ != nullptr; }
  void Set(absl::string_view key, absl::string_view value);
  void Set(absl::string_view key, int64_t value);

  // Ends the span as `status` says, once. Of an error the span has the message, and the reason as kErrorType unless
  // that is set.
  void End(const absl::Status& status);
  // The same, and returns the result.
  absl::Status Close(absl::Status result);
  template <typename T>
  absl::StatusOr<T> Close(absl::StatusOr<T> result) {
    End(result.status());
    return result;
  }

 private:
  struct Recording {
    Context context;
    trace::EndedSpan span;
  };

  const Context& parent_;
  std::unique_ptr<Recording> recording_;  // null when nothing is recorded
  bool ended_ = false;
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

// A stage: a span, and the time it took, for the context's observer, from the construction to the end by the machine's
// monotonic clock.
class StageTimer {
 public:
  StageTimer(const Context& context ABSL_ATTRIBUTE_LIFETIME_BOUND, Stage stage)
      : span_(context, NameOf(stage)), stage_(stage) {}
  ~StageTimer() {
    context().Observe(StageEnded{.stage = stage_, .took = absl::FromChrono(std::chrono::steady_clock::now() - start_)});
  }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

  const Context& context() const { return span_.context(); }
  // As those of Span.
  absl::Status Close(absl::Status result) { return span_.Close(std::move(result)); }
  template <typename T>
  absl::StatusOr<T> Close(absl::StatusOr<T> result) {
    return span_.Close(std::move(result));
  }

 private:
  Span span_;
  const Stage stage_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace waybill::oci

#endif  // WAYBILL_OCI_CONTEXT_H_
