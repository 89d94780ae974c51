// SPDX-License-Identifier: Apache-2.0
#include "oci/context.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/time/clock.h"
#include "oci/error.h"

namespace waybill::oci {

Context Context::WithStop(std::stop_token stop) const {
  Context copy = *this;
  copy.stop_ = std::move(stop);
  return copy;
}

Context Context::WithDeadline(absl::Time deadline) const {
  Context copy = *this;
  copy.deadline_ = std::min(deadline_, deadline);
  return copy;
}

Context Context::WithTimeout(absl::Duration timeout) const { return WithDeadline(absl::Now() + timeout); }

Context Context::WithProgress(ProgressSink& sink) const {
  Context copy = *this;
  copy.progress_ = &sink;
  return copy;
}

Context Context::WithObserver(Observer* observer) const {
  Context copy = *this;
  copy.observer_ = observer;
  return copy;
}

Context Context::WithTrace(trace::SpanSink* sink, const trace::SpanContext& remote) const {
  Context copy = *this;
  copy.trace_ = sink == nullptr ? remote : sink->Enter(remote);
  copy.spans_ = sink != nullptr && copy.trace_.sampled ? sink : nullptr;
  return copy;
}

Context Context::WithTraceOf(const Context& other) const {
  Context copy = *this;
  copy.trace_ = other.trace_;
  copy.spans_ = other.spans_;
  return copy;
}

Context Context::WithUnpackLimits(const UnpackLimits& limits) const {
  Context copy = *this;
  copy.unpack_limits_ = limits;
  return copy;
}

absl::Status Context::Check() const {
  if (stop_.stop_requested()) return MakeError(Reason::kInterrupted, "cancelled");
  if (deadline_ != absl::InfiniteFuture() && absl::Now() >= deadline_) {
    return MakeError(Reason::kTimeout, "deadline exceeded");
  }
  return absl::OkStatus();
}

void Context::Report(const ProgressEvent& event) const {
  if (progress_ != nullptr) progress_->Report(event);
}

void Context::Observe(const Fact& fact) const {
  if (observer_ != nullptr) observer_->Observe(fact);
}

Span::Span(const Context& parent, absl::string_view name, trace::SpanKind kind) : parent_(parent) {
  if (parent.spans_ == nullptr) return;
  const trace::SpanSink::Start start = parent.spans_->Begin();
  recording_ = std::make_unique<Recording>();
  recording_->context = parent;
  recording_->context.trace_.span = start.id;
  recording_->span = {.self = recording_->context.trace_,
                      .parent = parent.trace_.span,
                      .name = std::string(name),
                      .kind = kind,
                      .start = start.at};
}

Span::~Span() {
  if (recording_ != nullptr) End(absl::OkStatus());
}

void Span::Set(absl::string_view key, absl::string_view value) {
  if (recording_ != nullptr) recording_->span.attributes.emplace_back(key, std::string(value));
}

void Span::Set(absl::string_view key, int64_t value) {
  if (recording_ != nullptr) recording_->span.attributes.emplace_back(key, value);
}

absl::Status Span::Close(absl::Status result) {
  End(result);
  return result;
}

void Span::End(const absl::Status& status) {
  if (recording_ == nullptr || std::exchange(ended_, true)) return;
  trace::EndedSpan& span = recording_->span;
  const bool typed = std::any_of(span.attributes.begin(), span.attributes.end(),
                                 [](const auto& attribute) { return attribute.first == kErrorType; });
  if (const std::optional<Reason> reason = ReasonOf(status); reason.has_value() && !typed) {
    Set(kErrorType, absl::AsciiStrToLower(ReasonName(*reason)));
  }
  span.status = status;
  recording_->context.spans_->End(std::move(span));
}

}  // namespace waybill::oci
