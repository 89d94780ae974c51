// SPDX-License-Identifier: Apache-2.0
// Which of the faults in a Behavior happens to a request, and what it does.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_FAULT_INJECTOR_H_
#define WAYBILL_OCI_REGISTRY_SERVER_FAULT_INJECTOR_H_

#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "oci/http/server/http_message.h"
#include "oci/io/stream.h"
#include "oci/registry/server/behavior/behavior.h"

namespace waybill::oci::registry::server {

// Safe to use from several threads at once. A fault counts the requests on which it can act: forget-blob only those
// that store a blob, truncate, stall and corrupt only answers with a body that is long enough, wrong-digest only
// answers with that header.
class FaultInjector {
 public:
  struct Hit {
    absl::Duration delay;                  // of all delays that match
    std::optional<behavior::Fault> fault;  // the first status or drop: Instead answers
  };

  // Counting starts again.
  void Set(std::vector<behavior::Fault> faults);
  // Before the request is served.
  Hit Before(const http::server::Request& request, wire::RequestClass request_class);
  // Whether the blob that is about to be stored is to be forgotten.
  bool ForgetsBlob(const http::server::Request& request, wire::RequestClass request_class);
  // The first fault that can act on the answer does.
  void Spoil(const http::server::Request& request, wire::RequestClass request_class, http::server::Response& response);
  // How many requests faults have hit.
  int64_t hits() const;

 private:
  struct Counted {
    behavior::Fault fault;
    int matched = 0;
  };
  // Counts the request for `counted`: whether its turn has come.
  bool Due(Counted& counted) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::vector<Counted> faults_ ABSL_GUARDED_BY(mutex_);
  int64_t hits_ ABSL_GUARDED_BY(mutex_) = 0;
};

// The answer of a kStatus or kDrop, which reads from the body first.
http::server::Response Instead(const behavior::Fault& fault, io::Reader& body);

}  // namespace waybill::oci::registry::server

#endif  // WAYBILL_OCI_REGISTRY_SERVER_FAULT_INJECTOR_H_
