// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/admission/gate.h"

#include "absl/status/status.h"

namespace waybill::exporter::rpc::admission {

void Gate::Leave::operator()(Gate* gate) const {
  absl::MutexLock lock(&gate->mutex_);
  --gate->inside_;
}

absl::StatusOr<Gate::Pass> Gate::Enter() {
  if (arrivals_ != nullptr) arrivals_->Add();
  absl::MutexLock lock(&mutex_);
  if (closed_) return absl::UnavailableError("the service is shutting down");
  ++inside_;
  return Pass(this);
}

void Gate::AwaitEmpty(absl::Time deadline) {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithDeadline(absl::Condition(this, &Gate::Empty), deadline);
}

void Gate::Close(absl::Duration patience) {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  mutex_.AwaitWithTimeout(absl::Condition(this, &Gate::Empty), patience);
}

}  // namespace waybill::exporter::rpc::admission
