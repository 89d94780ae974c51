// SPDX-License-Identifier: Apache-2.0
// Whether a registry takes a manifest: the switches of ManifestBehavior, and that what it names is there.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_MANIFEST_POLICY_H_
#define WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_MANIFEST_POLICY_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "oci/registry/server/endpoints/exchange.h"
#include "oci/registry/server/store/catalog.h"
#include "oci/registry/server/store/manifest_document.h"
#include "oci/registry/server/store/storage.h"

namespace waybill::oci::registry::server::endpoints {

// The refusal, or nothing. `media_type`: what the request says it is.
std::optional<http::server::Response> RefuseManifest(const Exchange& exchange, const store::ManifestDocument& document,
                                                     absl::string_view media_type, store::BlobStorage& storage,
                                                     const store::Catalog& catalog);

// Whether `tag` may be pointed at `digest`; `current` is where it points now.
std::optional<http::server::Response> RefuseTag(const behavior::ManifestBehavior& behavior, absl::string_view tag,
                                                const Digest& digest, const std::optional<Digest>& current);

}  // namespace waybill::oci::registry::server::endpoints

#endif  // WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_MANIFEST_POLICY_H_
