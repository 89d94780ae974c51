// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/wire/request_log.h"

#include "absl/strings/str_cat.h"

namespace waybill::oci::registry::server::wire {

void RequestLog::Add(const LoggedRequest& request) {
  {
    absl::MutexLock lock(&mutex_);
    requests_.push_back(request);
    if (requests_.size() > kMaxRequests) requests_.pop_front();
    ++counts_[request.request_class];
    body_bytes_ += request.body_bytes;
  }
  if (observer_) observer_(request);
}

void RequestLog::Clear() {
  absl::MutexLock lock(&mutex_);
  requests_.clear();
  counts_.clear();
  body_bytes_ = 0;
}

std::vector<LoggedRequest> RequestLog::All() const {
  absl::MutexLock lock(&mutex_);
  return {requests_.begin(), requests_.end()};
}

int64_t RequestLog::Count(RequestClass request_class) const {
  absl::MutexLock lock(&mutex_);
  int64_t count = 0;
  for (const auto& [counted, requests] : counts_) {
    if (request_class == RequestClass::kAny || request_class == counted) count += requests;
  }
  return count;
}

int64_t RequestLog::BodyBytes() const {
  absl::MutexLock lock(&mutex_);
  return body_bytes_;
}

std::string RequestLog::ToString() const {
  std::string text;
  for (const LoggedRequest& request : All()) {
    absl::StrAppend(&text, request.method, " ", request.target, " ", request.status, "\n");
  }
  return text;
}

}  // namespace waybill::oci::registry::server::wire
