// SPDX-License-Identifier: Apache-2.0
// /v2/<name>/manifests/<reference> of the fake registry: HEAD, GET, PUT and DELETE.
#ifndef WAYBILL_OCI_REGISTRY_TESTING_MANIFEST_ENDPOINT_H_
#define WAYBILL_OCI_REGISTRY_TESTING_MANIFEST_ENDPOINT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "oci/registry/testing/catalog.h"
#include "oci/registry/testing/exchange.h"
#include "oci/registry/testing/manifest_document.h"
#include "oci/registry/testing/storage.h"

namespace waybill::oci::registry::testing {

class ManifestEndpoint {
 public:
  struct Deps {
    Storage& storage;
    Catalog& catalog;
  };
  explicit ManifestEndpoint(const Deps& deps) : deps_(deps) {}

  Response Serve(const Exchange& exchange);

 private:
  std::optional<Digest> Resolve(const Exchange& exchange) const;
  Response Get(const Exchange& exchange);
  Response Put(const Exchange& exchange);
  Response Delete(const Exchange& exchange);
  Response Store(const Exchange& exchange, const ManifestDocument& document, absl::string_view bytes,
                 const std::vector<std::string>& tags);
  absl::Status Keep(const Exchange& exchange, const ManifestDocument& document, absl::string_view bytes,
                    const Digest& digest, const std::vector<std::string>& tags);
  absl::Status SaveIndex(absl::string_view repository);

  const Deps deps_;
  absl::Mutex
      writing_;  // one change of a repository's list at a time: condition, change and saved index belong together
};

}  // namespace waybill::oci::registry::testing

#endif  // WAYBILL_OCI_REGISTRY_TESTING_MANIFEST_ENDPOINT_H_
