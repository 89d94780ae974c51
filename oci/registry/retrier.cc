// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/retrier.h"

#include <algorithm>

#include "oci/status_macros.h"

namespace waybill::oci::registry {

absl::Duration Retrier::Backoff(int times) const {
  return std::min(policy_.cap, policy_.base * static_cast<double>(int64_t{1} << std::min(times, 30)));
}

void Retrier::Tell(const Context& context, Retried::Why why) const {
  context.Observe(Retried{.host = host_, .why = why});
}

absl::StatusOr<bool> Retrier::Again(const Context& context, reply::ReplyClass verdict,
                                    std::optional<absl::Duration> retry_after, const std::function<void()>& on_again) {
  ABSL_RETURN_IF_ERROR(context.Check());
  if (verdict == reply::ReplyClass::kRate) {
    const absl::Duration wait = std::max(retry_after.value_or(absl::ZeroDuration()), Backoff(rate_++));
    if (rate_waited_ + wait > policy_.rate_budget) return false;
    if (on_again) on_again();
    Tell(context, Retried::Why::kRateLimit);
    rate_waited_ += wait;
    throttle_.Slow();
    throttle_.Pause(wait);  // the next Enter waits
    ++attempts_;
    return true;
  }
  const bool passes =
      verdict == reply::ReplyClass::kTransient || (verdict == reply::ReplyClass::kUnreachable && policy_.patient);
  if (!passes || transient_ + 1 >= policy_.attempts || silent_ >= policy_.silence) return false;
  if (on_again) on_again();
  Tell(context, verdict == reply::ReplyClass::kTransient ? Retried::Why::kTransient : Retried::Why::kUnreachable);
  throttle_.Slow();
  const absl::Duration wait =
      std::max(retry_after.value_or(absl::ZeroDuration()), Backoff(transient_++) * clock_.Random());
  ++attempts_;
  ABSL_RETURN_IF_ERROR(clock_.Sleep(context, wait));
  return true;
}

}  // namespace waybill::oci::registry
