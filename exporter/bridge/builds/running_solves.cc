// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/builds/running_solves.h"

namespace waybill::exporter::bridge::builds {

bool RunningSolves::Enter(const std::string& session_id) {
  absl::MutexLock lock(&mutex_);
  if (!closed_) sessions_.insert(session_id);
  return !closed_;
}

void RunningSolves::Leave(const std::string& session_id) {
  absl::MutexLock lock(&mutex_);
  sessions_.erase(sessions_.find(session_id));
}

bool RunningSolves::TakesSession(const std::string& session_id) {
  absl::MutexLock lock(&mutex_);
  return !closed_ || sessions_.contains(session_id);
}

void RunningSolves::AwaitNone(absl::Time deadline) {
  const auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return sessions_.empty(); };
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithDeadline(absl::Condition(&none), deadline);
}

void RunningSolves::Drain(absl::Time deadline) {
  const auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return sessions_.empty(); };
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  mutex_.AwaitWithDeadline(absl::Condition(&none), deadline);
}

}  // namespace waybill::exporter::bridge::builds
