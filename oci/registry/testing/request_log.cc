// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/testing/request_log.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"

namespace waybill::oci::registry::testing {

void RequestLog::Add(LoggedRequest request) {
  absl::MutexLock lock(&mutex_);
  requests_.push_back(std::move(request));
}

void RequestLog::Clear() {
  absl::MutexLock lock(&mutex_);
  requests_.clear();
}

std::vector<LoggedRequest> RequestLog::All() const {
  absl::MutexLock lock(&mutex_);
  return requests_;
}

int64_t RequestLog::Count(RequestClass request_class) const {
  absl::MutexLock lock(&mutex_);
  return absl::c_count_if(requests_, [&](const LoggedRequest& request) {
    return request_class == RequestClass::kAny || request.request_class == request_class;
  });
}

int64_t RequestLog::BodyBytes() const {
  absl::MutexLock lock(&mutex_);
  int64_t total = 0;
  for (const LoggedRequest& request : requests_) total += request.body_bytes;
  return total;
}

std::string RequestLog::ToString() const {
  std::string text;
  for (const LoggedRequest& request : All()) {
    absl::StrAppend(&text, request.method, " ", request.target, " ", request.status, "\n");
  }
  return text;
}

}  // namespace waybill::oci::registry::testing
