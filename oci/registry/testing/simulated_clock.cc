// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/testing/simulated_clock.h"

#include "oci/status_macros.h"

namespace waybill::oci::registry::testing {

absl::Time SimulatedClock::Now() {
  absl::MutexLock lock(&mu_);
  return now_;
}

absl::Status SimulatedClock::Sleep(const Context& context, absl::Duration wait) {
  ABSL_RETURN_IF_ERROR(context.Check());
  absl::MutexLock lock(&mu_);
  now_ += wait;
  slept_.push_back(wait);
  return absl::OkStatus();
}

double SimulatedClock::Random() {
  absl::MutexLock lock(&mu_);
  state_ = state_ * 6364136223846793005u + 1442695040888963407u;
  return static_cast<double>(state_ >> 11) / static_cast<double>(uint64_t{1} << 53);
}

std::vector<absl::Duration> SimulatedClock::slept() const {
  absl::MutexLock lock(&mu_);
  return slept_;
}

}  // namespace waybill::oci::registry::testing
