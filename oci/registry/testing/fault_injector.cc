// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/testing/fault_injector.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/digest.h"
#include "oci/registry/testing/exchange.h"

namespace waybill::oci::registry::testing {
namespace {

bool Matches(const Fault& fault, RequestClass request_class, absl::string_view path) {
  return (fault.where == RequestClass::kAny || fault.where == request_class) &&
         absl::StrContains(path, fault.path_contains);
}

}  // namespace

void FaultInjector::Set(std::vector<Fault> faults) {
  absl::MutexLock lock(&mutex_);
  faults_.clear();
  for (Fault& fault : faults) faults_.push_back({.fault = std::move(fault)});
}

FaultInjector::Hit FaultInjector::Next(RequestClass request_class, absl::string_view path) {
  absl::MutexLock lock(&mutex_);
  Hit hit;
  for (Counted& counted : faults_) {
    const Fault& fault = counted.fault;
    const bool delay = fault.kind == FaultKind::kDelay;
    if (!Matches(fault, request_class, path) || (!delay && hit.fault.has_value())) continue;
    const int number = counted.matched++;
    if (number < fault.skip || (fault.times >= 0 && number >= fault.skip + fault.times)) continue;
    ++hits_;
    if (delay) {
      hit.delay += fault.delay;
    } else {
      hit.fault = fault;
    }
  }
  return hit;
}

int64_t FaultInjector::hits() const {
  absl::MutexLock lock(&mutex_);
  return hits_;
}

Response FaultResponse(const Fault& fault) {
  Response response = fault.code.empty() ? HtmlResponse(fault.status)
                                         : ErrorResponse(fault.status, fault.code, absl::StrCat("fault: ", fault.code));
  if (!fault.retry_after.empty()) response.Set("Retry-After", fault.retry_after);
  return response;
}

void SpoilResponse(const Fault& fault, Response& response) {
  switch (fault.kind) {
    case FaultKind::kDropAnswer:
      response.dropped = true;
      break;
    case FaultKind::kTruncate:
      response.truncate_after = fault.at;
      break;
    case FaultKind::kStall:
      response.stall_after = fault.at;
      break;
    case FaultKind::kCorrupt:
      response.corrupt = true;
      break;
    case FaultKind::kWrongDigest:
      for (auto& [name, value] : response.headers) {
        if (name == "Docker-Content-Digest") value = Digest::Of(value).ToString();
      }
      break;
    case FaultKind::kStatus:
    case FaultKind::kDrop:
    case FaultKind::kDelay:
    case FaultKind::kForgetBlob:
      break;
  }
}

}  // namespace waybill::oci::registry::testing
