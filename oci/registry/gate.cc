// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/gate.h"

#include <algorithm>

#include "oci/status_macros.h"

namespace waybill::oci::registry {
namespace {

// How soon a thread that waits for a slot notices that it was cancelled.
constexpr absl::Duration kCheck = absl::Milliseconds(100);
constexpr int kSuccessesPerBody = 10;
constexpr int kSessionsAhead = 2;
constexpr int64_t kShareBytes = 1 << 20;
constexpr int kSharesOfBody = kWholeBody / kShareBytes;

int SharesOf(Lane lane, int64_t bytes) {
  if (lane == Lane::kRequest) return 1;
  return static_cast<int>(std::clamp<int64_t>((bytes + kShareBytes - 1) / kShareBytes, 1, kSharesOfBody));
}

}  // namespace

Gate::Permit::~Permit() {
  if (gate_ != nullptr) gate_->Leave(lane_, shares_);
}

int Gate::Shares(Lane lane) const {
  switch (lane) {
    case Lane::kRequest:
      return limits_.requests;
    case Lane::kSession:
      return (bodies_ + kSessionsAhead) * kSharesOfBody;
    case Lane::kBody:
      return bodies_ * kSharesOfBody;
  }
  return 0;
}

absl::StatusOr<Gate::Permit> Gate::Enter(const Context& context, Lane lane, int64_t bytes) {
  const int shares = SharesOf(lane, bytes);
  while (true) {
    ABSL_RETURN_IF_ERROR(context.Check());
    absl::Duration pause;
    {
      absl::MutexLock lock(&mu_);
      const auto free = [this, lane, shares]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
        return used_[static_cast<int>(lane)] + shares <= Shares(lane);
      };
      if (!mu_.AwaitWithTimeout(absl::Condition(&free), kCheck)) continue;
      pause = paused_until_ - clock_.Now();
      if (pause <= absl::ZeroDuration()) {
        used_[static_cast<int>(lane)] += shares;
        return Permit(*this, lane, shares);
      }
    }
    ABSL_RETURN_IF_ERROR(clock_.Sleep(context, pause * (1.0 + 0.2 * clock_.Random())));
  }
}

void Gate::Leave(Lane lane, int shares) {
  absl::MutexLock lock(&mu_);
  used_[static_cast<int>(lane)] -= shares;
}

void Gate::Pause(absl::Duration wait) {
  absl::MutexLock lock(&mu_);
  paused_until_ = std::max(paused_until_, clock_.Now() + wait);
}

void Gate::Slow() {
  absl::MutexLock lock(&mu_);
  bodies_ = std::max(1, bodies_ / 2);
  successes_ = 0;
}

void Gate::Succeed() {
  absl::MutexLock lock(&mu_);
  if (bodies_ == limits_.bodies || ++successes_ < kSuccessesPerBody) return;
  successes_ = 0;
  ++bodies_;
}

int Gate::body_limit() const {
  absl::MutexLock lock(&mu_);
  return bodies_;
}

}  // namespace waybill::oci::registry
