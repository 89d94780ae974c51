// SPDX-License-Identifier: Apache-2.0
// Takes each request of the fake registry through faults, limits and authentication to its endpoint, and logs it.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_DISPATCHER_H_
#define WAYBILL_OCI_REGISTRY_SERVER_DISPATCHER_H_

#include <functional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "oci/http/server/http_message.h"
#include "oci/http/server/sleeper.h"
#include "oci/registry/server/authority.h"
#include "oci/registry/server/behavior/behavior.h"
#include "oci/registry/server/endpoints/exchange.h"
#include "oci/registry/server/endpoints/manifest_endpoint.h"
#include "oci/registry/server/endpoints/upload_endpoint.h"
#include "oci/registry/server/fault_injector.h"
#include "oci/registry/server/store/catalog.h"
#include "oci/registry/server/store/storage.h"
#include "oci/registry/server/store/uploads.h"
#include "oci/registry/server/wire/request_log.h"

namespace waybill::oci::registry::server {

class Dispatcher : public http::server::Handler {
 public:
  struct Deps {
    store::Storage& storage;
    store::Catalog& catalog;
    store::Uploads& uploads;
    wire::RequestLog& log;
    FaultInjector& faults;
    std::function<absl::Time()> clock;
    http::server::Sleeper sleeper;
  };
  explicit Dispatcher(Deps deps);

  void SetBehavior(const behavior::Behavior& behavior);
  behavior::Behavior behavior() const;
  void SetOtherHost(const std::string& host);

  http::server::Response Handle(const Context& context, const http::server::Request& request,
                                io::Reader& body) override;

 private:
  http::server::Response Answer(endpoints::Exchange& exchange, wire::RequestClass request_class);
  http::server::Response Serve(const endpoints::Exchange& exchange);

  const Deps deps_;
  endpoints::UploadEndpoint uploads_;
  endpoints::ManifestEndpoint manifests_;
  Authority authority_;
  mutable absl::Mutex mutex_;
  behavior::Behavior behavior_ ABSL_GUARDED_BY(mutex_);
  std::string other_host_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::oci::registry::server

#endif  // WAYBILL_OCI_REGISTRY_SERVER_DISPATCHER_H_
