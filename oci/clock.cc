// SPDX-License-Identifier: Apache-2.0
#include "oci/clock.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>

#include "absl/time/clock.h"

namespace waybill::oci {

absl::Time SystemClock::Now() { return absl::Now(); }

absl::Status SystemClock::Sleep(const Context& context, absl::Duration wait) {
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock<std::mutex> lock(mutex);
  const absl::Time until = std::min(absl::Now() + wait, context.deadline());
  woken.wait_until(lock, context.stop_token(), absl::ToChronoTime(until), [] { return false; });
  return context.Check();
}

double SystemClock::Random() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

}  // namespace waybill::oci
