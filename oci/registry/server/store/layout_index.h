// SPDX-License-Identifier: Apache-2.0
// A repository's manifests and tags as the index.json of an OCI layout (image-spec, image-layout.md), and back.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_STORE_LAYOUT_INDEX_H_
#define WAYBILL_OCI_REGISTRY_SERVER_STORE_LAYOUT_INDEX_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "oci/context.h"
#include "oci/registry/server/store/catalog.h"
#include "oci/registry/server/store/manifest_document.h"
#include "oci/registry/server/store/storage.h"

namespace waybill::oci::registry::server::store {

// The entry with the artifact type that listings of referrers tell (spec.md, "Listing Referrers").
ManifestEntry MakeEntry(const ManifestDocument& document, const Digest& digest, absl::string_view media_type,
                        int64_t size, absl::Time listed_from);

// An entry for each tag, and one for each manifest without.
std::string WriteLayoutIndex(const std::vector<ManifestEntry>& manifests,
                             const std::vector<std::pair<std::string, Digest>>& tags);

// Puts everything that the index reaches into the catalog. Entries whose bytes are not there are left out.
absl::Status ReadLayoutIndex(const Context& context, absl::string_view repository, absl::string_view index_json,
                             BlobStorage& storage, Catalog& catalog);

}  // namespace waybill::oci::registry::server::store

#endif  // WAYBILL_OCI_REGISTRY_SERVER_STORE_LAYOUT_INDEX_H_
