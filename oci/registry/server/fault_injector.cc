// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/fault_injector.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "oci/digest.h"
#include "oci/registry/server/endpoints/exchange.h"

namespace waybill::oci::registry::server {
namespace {

bool Matches(const behavior::Fault& fault, const http::server::Request& request, wire::RequestClass request_class) {
  return (fault.where == wire::RequestClass::kAny || fault.where == request_class) &&
         absl::StrContains(request.path, fault.path_contains);
}

// Reads up to `bytes` of the body and throws them away.
void Swallow(io::Reader& body, int64_t bytes) {
  std::vector<char> buffer(64 << 10);
  while (bytes > 0) {
    const size_t want = static_cast<size_t>(std::min<int64_t>(bytes, static_cast<int64_t>(buffer.size())));
    const absl::StatusOr<size_t> got = body.Read(absl::MakeSpan(buffer).subspan(0, want));
    if (!got.ok() || *got == 0) return;
    bytes -= static_cast<int64_t>(*got);
  }
}

http::server::Response Dropped() {
  http::server::Response response;
  response.dropped = true;
  return response;
}

http::server::Response StatusOf(const behavior::Fault& fault) {
  http::server::Response response =
      fault.code.empty() ? endpoints::HtmlResponse(fault.status)
                         : endpoints::ErrorResponse(fault.status, fault.code, absl::StrCat("fault: ", fault.code));
  if (!fault.text.empty()) response = endpoints::TextResponse(fault.status, fault.text);
  if (!fault.retry_after.empty()) response.Set("Retry-After", fault.retry_after);
  return response;
}

bool CanSpoil(const behavior::Fault& fault, const http::server::Request& request,
              const http::server::Response& response) {
  switch (fault.kind) {
    case behavior::FaultKind::kDropAnswer:
    case behavior::FaultKind::kLateStatus:
      return true;
    case behavior::FaultKind::kTruncate:
    case behavior::FaultKind::kStall:
    case behavior::FaultKind::kCorrupt:
      return request.method != "HEAD" && response.body_length() > fault.at;
    case behavior::FaultKind::kWrongDigest:
      return !response.Header("Docker-Content-Digest").empty();
    case behavior::FaultKind::kStatus:
    case behavior::FaultKind::kDrop:
    case behavior::FaultKind::kDelay:
    case behavior::FaultKind::kForgetBlob:
      break;
  }
  return false;
}

void SpoilResponse(const behavior::Fault& fault, http::server::Response& response) {
  if (fault.kind == behavior::FaultKind::kDropAnswer) response = Dropped();
  if (fault.kind == behavior::FaultKind::kLateStatus) response = StatusOf(fault);
  if (fault.kind == behavior::FaultKind::kTruncate) response.truncate_after = fault.at;
  if (fault.kind == behavior::FaultKind::kStall) response.stall_after = fault.at;
  if (fault.kind == behavior::FaultKind::kCorrupt) response.corrupt = true;
  if (fault.kind != behavior::FaultKind::kWrongDigest) return;
  for (auto& [name, value] : response.headers) {
    if (name == "Docker-Content-Digest") value = Digest::Of(value).ToString();
  }
}

}  // namespace

void FaultInjector::Set(std::vector<behavior::Fault> faults) {
  absl::MutexLock lock(&mutex_);
  faults_.clear();
  hits_ = 0;
  for (behavior::Fault& fault : faults) faults_.push_back({.fault = std::move(fault)});
}

bool FaultInjector::Due(Counted& counted) {
  const behavior::Fault& fault = counted.fault;
  const int number = ++counted.matched - fault.skip;
  if (number <= 0 || number % fault.every != 0) return false;
  if (fault.times >= 0 && number / fault.every > fault.times) return false;
  ++hits_;
  return true;
}

FaultInjector::Hit FaultInjector::Before(const http::server::Request& request, wire::RequestClass request_class) {
  absl::MutexLock lock(&mutex_);
  Hit hit;
  for (Counted& counted : faults_) {
    const behavior::Fault& fault = counted.fault;
    const bool delay = fault.kind == behavior::FaultKind::kDelay;
    const bool instead = fault.kind == behavior::FaultKind::kStatus || fault.kind == behavior::FaultKind::kDrop;
    if (!Matches(fault, request, request_class) || !(delay || (instead && !hit.fault.has_value()))) continue;
    if (!Due(counted)) continue;
    if (delay) {
      hit.delay += fault.delay;
    } else {
      hit.fault = fault;
    }
  }
  return hit;
}

bool FaultInjector::ForgetsBlob(const http::server::Request& request, wire::RequestClass request_class) {
  absl::MutexLock lock(&mutex_);
  for (Counted& counted : faults_) {
    if (counted.fault.kind != behavior::FaultKind::kForgetBlob || !Matches(counted.fault, request, request_class))
      continue;
    if (Due(counted)) return true;
  }
  return false;
}

void FaultInjector::Spoil(const http::server::Request& request, wire::RequestClass request_class,
                          http::server::Response& response) {
  absl::MutexLock lock(&mutex_);
  for (Counted& counted : faults_) {
    const behavior::Fault& fault = counted.fault;
    if (!Matches(fault, request, request_class) || !CanSpoil(fault, request, response) || !Due(counted)) continue;
    SpoilResponse(fault, response);
    return;
  }
}

int64_t FaultInjector::hits() const {
  absl::MutexLock lock(&mutex_);
  return hits_;
}

http::server::Response Instead(const behavior::Fault& fault, io::Reader& body) {
  if (fault.kind == behavior::FaultKind::kDrop) {
    Swallow(body, fault.at);
    return Dropped();
  }
  return StatusOf(fault);
}

}  // namespace waybill::oci::registry::server
