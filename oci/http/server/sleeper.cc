// SPDX-License-Identifier: Apache-2.0
#include "oci/http/server/sleeper.h"

#include <condition_variable>
#include <mutex>

#include "absl/time/clock.h"

namespace waybill::oci::http::server {

void RealSleep(const Context& context, absl::Duration duration) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  const auto never = [] { return false; };
  if (duration == absl::InfiniteDuration()) {
    wake.wait(lock, context.stop_token(), never);
  } else {
    wake.wait_until(lock, context.stop_token(), absl::ToChronoTime(absl::Now() + duration), never);
  }
}

}  // namespace waybill::oci::http::server
