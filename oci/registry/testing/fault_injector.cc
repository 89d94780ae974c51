// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/testing/fault_injector.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "oci/digest.h"
#include "oci/registry/testing/exchange.h"

namespace waybill::oci::registry::testing {
namespace {

bool Matches(const Fault& fault, const Request& request, RequestClass request_class) {
  return (fault.where == RequestClass::kAny || fault.where == request_class) &&
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

Response Dropped() {
  Response response;
  response.dropped = true;
  return response;
}

Response StatusOf(const Fault& fault) {
  Response response = fault.code.empty() ? HtmlResponse(fault.status)
                                         : ErrorResponse(fault.status, fault.code, absl::StrCat("fault: ", fault.code));
  if (!fault.text.empty()) response = TextResponse(fault.status, fault.text);
  if (!fault.retry_after.empty()) response.Set("Retry-After", fault.retry_after);
  return response;
}

bool CanSpoil(const Fault& fault, const Request& request, const Response& response) {
  switch (fault.kind) {
    case FaultKind::kDropAnswer:
    case FaultKind::kLateStatus:
      return true;
    case FaultKind::kTruncate:
    case FaultKind::kStall:
    case FaultKind::kCorrupt:
      return request.method != "HEAD" && response.body_length() > fault.at;
    case FaultKind::kWrongDigest:
      return !response.Header("Docker-Content-Digest").empty();
    case FaultKind::kStatus:
    case FaultKind::kDrop:
    case FaultKind::kDelay:
    case FaultKind::kForgetBlob:
      break;
  }
  return false;
}

void SpoilResponse(const Fault& fault, Response& response) {
  if (fault.kind == FaultKind::kDropAnswer) response = Dropped();
  if (fault.kind == FaultKind::kLateStatus) response = StatusOf(fault);
  if (fault.kind == FaultKind::kTruncate) response.truncate_after = fault.at;
  if (fault.kind == FaultKind::kStall) response.stall_after = fault.at;
  if (fault.kind == FaultKind::kCorrupt) response.corrupt = true;
  if (fault.kind != FaultKind::kWrongDigest) return;
  for (auto& [name, value] : response.headers) {
    if (name == "Docker-Content-Digest") value = Digest::Of(value).ToString();
  }
}

}  // namespace

void FaultInjector::Set(std::vector<Fault> faults) {
  absl::MutexLock lock(&mutex_);
  faults_.clear();
  hits_ = 0;
  for (Fault& fault : faults) faults_.push_back({.fault = std::move(fault)});
}

bool FaultInjector::Due(Counted& counted) {
  const Fault& fault = counted.fault;
  const int number = ++counted.matched - fault.skip;
  if (number <= 0 || number % fault.every != 0) return false;
  if (fault.times >= 0 && number / fault.every > fault.times) return false;
  ++hits_;
  return true;
}

FaultInjector::Hit FaultInjector::Before(const Request& request, RequestClass request_class) {
  absl::MutexLock lock(&mutex_);
  Hit hit;
  for (Counted& counted : faults_) {
    const Fault& fault = counted.fault;
    const bool delay = fault.kind == FaultKind::kDelay;
    const bool instead = fault.kind == FaultKind::kStatus || fault.kind == FaultKind::kDrop;
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

bool FaultInjector::ForgetsBlob(const Request& request, RequestClass request_class) {
  absl::MutexLock lock(&mutex_);
  for (Counted& counted : faults_) {
    if (counted.fault.kind != FaultKind::kForgetBlob || !Matches(counted.fault, request, request_class)) continue;
    if (Due(counted)) return true;
  }
  return false;
}

void FaultInjector::Spoil(const Request& request, RequestClass request_class, Response& response) {
  absl::MutexLock lock(&mutex_);
  for (Counted& counted : faults_) {
    const Fault& fault = counted.fault;
    if (!Matches(fault, request, request_class) || !CanSpoil(fault, request, response) || !Due(counted)) continue;
    SpoilResponse(fault, response);
    return;
  }
}

int64_t FaultInjector::hits() const {
  absl::MutexLock lock(&mutex_);
  return hits_;
}

Response Instead(const Fault& fault, io::Reader& body) {
  if (fault.kind == FaultKind::kDrop) {
    Swallow(body, fault.at);
    return Dropped();
  }
  return StatusOf(fault);
}

}  // namespace waybill::oci::registry::testing
