// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/admission/arrivals.h"

#include <algorithm>

#include "absl/time/clock.h"

namespace waybill::exporter::rpc::admission {

void Arrivals::Add() {
  absl::MutexLock lock(&mutex_);
  ++count_;
}

void Arrivals::AwaitQuiet(absl::Duration settle, absl::Time deadline,
                          const std::function<void(absl::Time)>& await_idle) {
  while (absl::Now() < deadline) {
    await_idle(deadline);
    absl::MutexLock lock(&mutex_);
    const uint64_t before = count_;
    const auto came = [this, before]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return count_ != before; };
    if (!mutex_.AwaitWithDeadline(absl::Condition(&came), std::min(absl::Now() + settle, deadline))) return;
  }
}

}  // namespace waybill::exporter::rpc::admission
