// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/testing/turn_clock.h"

#include <algorithm>

namespace waybill::oci::registry::testing {

absl::Time TurnClock::Now() {
  absl::MutexLock lock(&mu_);
  return now_;
}

void TurnClock::Advance() {
  if (!sleeping_.empty() && static_cast<int>(sleeping_.size()) == racing_) now_ = std::max(now_, *sleeping_.begin());
}

absl::Status TurnClock::Sleep(const Context& context, absl::Duration wait) {
  absl::MutexLock lock(&mu_);
  const absl::Time until = now_ + wait;
  const auto mine = sleeping_.insert(until);
  Advance();
  const auto woken = [this, until]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return now_ >= until; };
  mu_.Await(absl::Condition(&woken));
  sleeping_.erase(mine);
  return context.Check();
}

double TurnClock::Random() {
  absl::MutexLock lock(&mu_);
  state_ = state_ * 6364136223846793005u + 1442695040888963407u;
  return static_cast<double>(state_ >> 11) / static_cast<double>(uint64_t{1} << 53);
}

void TurnClock::Leave() {
  absl::MutexLock lock(&mu_);
  --racing_;
  Advance();
}

}  // namespace waybill::oci::registry::testing
