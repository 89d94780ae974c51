// SPDX-License-Identifier: Apache-2.0
// Whether a registry takes a manifest: the switches of ManifestBehavior, and that what it names is there.
#ifndef WAYBILL_OCI_REGISTRY_TESTING_MANIFEST_POLICY_H_
#define WAYBILL_OCI_REGISTRY_TESTING_MANIFEST_POLICY_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "oci/registry/testing/catalog.h"
#include "oci/registry/testing/exchange.h"
#include "oci/registry/testing/manifest_document.h"
#include "oci/registry/testing/storage.h"

namespace waybill::oci::registry::testing {

// The refusal, or nothing. `media_type`: what the request says it is.
std::optional<Response> RefuseManifest(const Exchange& exchange, const ManifestDocument& document,
                                       absl::string_view media_type, BlobStorage& storage, const Catalog& catalog);

// Whether `tag` may be pointed at `digest`; `current` is where it points now.
std::optional<Response> RefuseTag(const ManifestBehavior& behavior, absl::string_view tag, const Digest& digest,
                                  const std::optional<Digest>& current);

}  // namespace waybill::oci::registry::testing

#endif  // WAYBILL_OCI_REGISTRY_TESTING_MANIFEST_POLICY_H_
