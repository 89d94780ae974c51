// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/throttle.h"

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

int SharesOf(Slot slot, int64_t bytes) {
  if (slot == Slot::kRequest) return 1;
  return static_cast<int>(std::clamp<int64_t>((bytes + kShareBytes - 1) / kShareBytes, 1, kSharesOfBody));
}

}  // namespace

Throttle::Permit::~Permit() {
  if (throttle_ != nullptr) throttle_->Leave(slot_, shares_);
}

int Throttle::Shares(Slot slot) const {
  switch (slot) {
    case Slot::kRequest:
      return limits_.requests;
    case Slot::kSession:
      return (bodies_ + kSessionsAhead) * kSharesOfBody;
    case Slot::kBody:
      return bodies_ * kSharesOfBody;
  }
  return 0;
}

absl::StatusOr<Throttle::Permit> Throttle::Enter(const Context& context, Slot slot, int64_t bytes) {
  const int shares = SharesOf(slot, bytes);
  while (true) {
    ABSL_RETURN_IF_ERROR(context.Check());
    absl::Duration pause;
    {
      absl::MutexLock lock(&mu_);
      const auto free = [this, slot, shares]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
        return used_[static_cast<int>(slot)] + shares <= Shares(slot);
      };
      if (!mu_.AwaitWithTimeout(absl::Condition(&free), kCheck)) continue;
      pause = paused_until_ - clock_.Now();
      if (pause <= absl::ZeroDuration()) {
        used_[static_cast<int>(slot)] += shares;
        return Permit(*this, slot, shares);
      }
    }
    ABSL_RETURN_IF_ERROR(clock_.Sleep(context, pause * (1.0 + 0.2 * clock_.Random())));
  }
}

void Throttle::Leave(Slot slot, int shares) {
  absl::MutexLock lock(&mu_);
  used_[static_cast<int>(slot)] -= shares;
}

void Throttle::Pause(absl::Duration wait) {
  absl::MutexLock lock(&mu_);
  paused_until_ = std::max(paused_until_, clock_.Now() + wait);
}

void Throttle::Slow() {
  absl::MutexLock lock(&mu_);
  bodies_ = std::max(1, bodies_ / 2);
  successes_ = 0;
}

void Throttle::Succeed() {
  absl::MutexLock lock(&mu_);
  if (bodies_ == limits_.bodies || ++successes_ < kSuccessesPerBody) return;
  successes_ = 0;
  ++bodies_;
}

int Throttle::body_limit() const {
  absl::MutexLock lock(&mu_);
  return bodies_;
}

}  // namespace waybill::oci::registry
