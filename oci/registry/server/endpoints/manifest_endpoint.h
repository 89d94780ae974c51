// SPDX-License-Identifier: Apache-2.0
// /v2/<name>/manifests/<reference> of the fake registry: HEAD, GET, PUT and DELETE.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_MANIFEST_ENDPOINT_H_
#define WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_MANIFEST_ENDPOINT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "oci/registry/server/endpoints/exchange.h"
#include "oci/registry/server/store/catalog.h"
#include "oci/registry/server/store/manifest_document.h"
#include "oci/registry/server/store/storage.h"

namespace waybill::oci::registry::server::endpoints {

class ManifestEndpoint {
 public:
  struct Deps {
    store::Storage& storage;
    store::Catalog& catalog;
  };
  explicit ManifestEndpoint(const Deps& deps) : deps_(deps) {}

  http::server::Response Serve(const Exchange& exchange);

 private:
  std::optional<Digest> Resolve(const Exchange& exchange) const;
  http::server::Response Get(const Exchange& exchange);
  http::server::Response Put(const Exchange& exchange);
  http::server::Response Delete(const Exchange& exchange);
  http::server::Response Store(const Exchange& exchange, const store::ManifestDocument& document,
                               absl::string_view bytes, const std::vector<std::string>& tags);
  absl::Status Keep(const Exchange& exchange, const store::ManifestDocument& document, absl::string_view bytes,
                    const Digest& digest, const std::vector<std::string>& tags);
  absl::Status SaveIndex(absl::string_view repository);

  const Deps deps_;
  absl::Mutex
      writing_;  // one change of a repository's list at a time: condition, change and saved index belong together
};

}  // namespace waybill::oci::registry::server::endpoints

#endif  // WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_MANIFEST_ENDPOINT_H_
