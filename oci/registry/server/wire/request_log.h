// SPDX-License-Identifier: Apache-2.0
// What the fake registry was asked, for assertions.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_WIRE_REQUEST_LOG_H_
#define WAYBILL_OCI_REGISTRY_SERVER_WIRE_REQUEST_LOG_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "oci/http/server/http_message.h"
#include "oci/registry/server/wire/route.h"

namespace waybill::oci::registry::server::wire {

struct LoggedRequest {
  std::string method;
  std::string target;  // path and query
  RequestClass request_class = RequestClass::kOther;
  int status = 0;          // 0: no answer was sent
  int64_t body_bytes = 0;  // of the request, as far as they were read
  int64_t connection = 0;
  http::server::Pairs headers;  // of the request
};

// Safe to use from several threads at once. Requests are in the order in which they were answered.
class RequestLog {
 public:
  // Older requests are forgotten beyond this many; they stay in the counts.
  static constexpr size_t kMaxRequests = 65536;

  // `observer` (may be empty) sees each request as it is added, on the thread that answers it.
  explicit RequestLog(std::function<void(const LoggedRequest&)> observer) : observer_(std::move(observer)) {}

  void Add(const LoggedRequest& request);
  void Clear();

  std::vector<LoggedRequest> All() const;
  int64_t Count(RequestClass request_class) const;  // kAny: all
  int64_t BodyBytes() const;
  // "PUT /v2/a/manifests/1 201", one line for each.
  std::string ToString() const;

 private:
  const std::function<void(const LoggedRequest&)> observer_;
  mutable absl::Mutex mutex_;
  std::deque<LoggedRequest> requests_ ABSL_GUARDED_BY(mutex_);
  std::map<RequestClass, int64_t> counts_ ABSL_GUARDED_BY(mutex_);
  int64_t body_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace waybill::oci::registry::server::wire

#endif  // WAYBILL_OCI_REGISTRY_SERVER_WIRE_REQUEST_LOG_H_
