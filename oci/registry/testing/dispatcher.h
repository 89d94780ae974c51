// SPDX-License-Identifier: Apache-2.0
// Takes each request of the fake registry through faults, limits and authentication to its endpoint, and logs it.
#ifndef WAYBILL_OCI_REGISTRY_TESTING_DISPATCHER_H_
#define WAYBILL_OCI_REGISTRY_TESTING_DISPATCHER_H_

#include <functional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "oci/registry/testing/authority.h"
#include "oci/registry/testing/behavior.h"
#include "oci/registry/testing/catalog.h"
#include "oci/registry/testing/exchange.h"
#include "oci/registry/testing/fault_injector.h"
#include "oci/registry/testing/http_message.h"
#include "oci/registry/testing/manifest_endpoint.h"
#include "oci/registry/testing/request_log.h"
#include "oci/registry/testing/sleeper.h"
#include "oci/registry/testing/storage.h"
#include "oci/registry/testing/upload_endpoint.h"
#include "oci/registry/testing/uploads.h"

namespace waybill::oci::registry::testing {

class Dispatcher : public Handler {
 public:
  struct Deps {
    Storage& storage;
    Catalog& catalog;
    Uploads& uploads;
    RequestLog& log;
    FaultInjector& faults;
    std::function<absl::Time()> clock;
    Sleeper sleeper;
  };
  explicit Dispatcher(Deps deps);

  void SetBehavior(const Behavior& behavior);
  Behavior behavior() const;
  void SetOtherHost(const std::string& host);

  Response Handle(const Context& context, const Request& request, io::Reader& body) override;

 private:
  Response Answer(Exchange& exchange, RequestClass request_class);
  Response Serve(const Exchange& exchange);

  const Deps deps_;
  UploadEndpoint uploads_;
  ManifestEndpoint manifests_;
  Authority authority_;
  mutable absl::Mutex mutex_;
  Behavior behavior_ ABSL_GUARDED_BY(mutex_);
  std::string other_host_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::oci::registry::testing

#endif  // WAYBILL_OCI_REGISTRY_TESTING_DISPATCHER_H_
