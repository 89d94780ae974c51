// SPDX-License-Identifier: Apache-2.0
// /v2/<name>/blobs/uploads/ of the fake registry: sessions, chunks, single requests and mounts (spec.md, "Push").
#ifndef WAYBILL_OCI_REGISTRY_TESTING_UPLOAD_ENDPOINT_H_
#define WAYBILL_OCI_REGISTRY_TESTING_UPLOAD_ENDPOINT_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "oci/registry/testing/catalog.h"
#include "oci/registry/testing/exchange.h"
#include "oci/registry/testing/storage.h"
#include "oci/registry/testing/uploads.h"

namespace waybill::oci::registry::testing {

class UploadEndpoint {
 public:
  struct Deps {
    Storage& storage;
    Uploads& uploads;
    Catalog& catalog;
  };
  explicit UploadEndpoint(const Deps& deps) : deps_(deps) {}

  // POST to the collection.
  Response Open(const Exchange& exchange);
  // PATCH, PUT, GET and DELETE of a session.
  Response Continue(const Exchange& exchange);

 private:
  Response OpenSession(const Exchange& exchange);
  Response Single(const Exchange& exchange, absl::string_view digest);
  Response Mounted(const Exchange& exchange, absl::string_view digest);
  Response Patch(const Exchange& exchange, std::unique_ptr<UploadSession> session);
  Response Put(const Exchange& exchange, std::unique_ptr<UploadSession> session);
  Response Finish(const Exchange& exchange, UploadSession& session, const Digest& digest);
  Response Progress(const Exchange& exchange, std::unique_ptr<UploadSession> session, int status);

  const Deps deps_;
};

}  // namespace waybill::oci::registry::testing

#endif  // WAYBILL_OCI_REGISTRY_TESTING_UPLOAD_ENDPOINT_H_
