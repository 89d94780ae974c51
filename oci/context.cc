// SPDX-License-Identifier: Apache-2.0
#include "oci/context.h"

#include <algorithm>
#include <utility>

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

}  // namespace waybill::oci
