// SPDX-License-Identifier: Apache-2.0
// /v2/<name>/blobs/uploads/ of the fake registry: sessions, chunks, single requests and mounts (spec.md, "Push").
#ifndef WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_UPLOAD_ENDPOINT_H_
#define WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_UPLOAD_ENDPOINT_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "oci/registry/server/endpoints/exchange.h"
#include "oci/registry/server/store/catalog.h"
#include "oci/registry/server/store/storage.h"
#include "oci/registry/server/store/uploads.h"

namespace waybill::oci::registry::server::endpoints {

class UploadEndpoint {
 public:
  struct Deps {
    store::Storage& storage;
    store::Uploads& uploads;
    store::Catalog& catalog;
  };
  explicit UploadEndpoint(const Deps& deps) : deps_(deps) {}

  // POST to the collection.
  http::server::Response Open(const Exchange& exchange);
  // PATCH, PUT, GET and DELETE of a session.
  http::server::Response Continue(const Exchange& exchange);

 private:
  http::server::Response OpenSession(const Exchange& exchange);
  http::server::Response Single(const Exchange& exchange, absl::string_view digest);
  http::server::Response Mounted(const Exchange& exchange, absl::string_view digest);
  http::server::Response Patch(const Exchange& exchange, std::unique_ptr<store::UploadSession> session);
  http::server::Response Put(const Exchange& exchange, std::unique_ptr<store::UploadSession> session);
  http::server::Response Finish(const Exchange& exchange, store::UploadSession& session, const Digest& digest);
  http::server::Response Progress(const Exchange& exchange, std::unique_ptr<store::UploadSession> session, int status);

  const Deps deps_;
};

}  // namespace waybill::oci::registry::server::endpoints

#endif  // WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_UPLOAD_ENDPOINT_H_
