// SPDX-License-Identifier: Apache-2.0
// What a registry reads out of a manifest or an index. Independent of oci/manifest.h on purpose: the fake is what our
// own documents are tested against.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_STORE_MANIFEST_DOCUMENT_H_
#define WAYBILL_OCI_REGISTRY_SERVER_STORE_MANIFEST_DOCUMENT_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/digest.h"

namespace waybill::oci::registry::server::store {

struct Link {
  std::string media_type;
  Digest digest;
  bool has_data = false;
  bool has_urls = false;  // the bytes are elsewhere
  std::map<std::string, std::string> annotations;
};

struct ManifestDocument {
  std::string media_type;  // as the document says; empty when it does not
  std::string artifact_type;
  std::optional<Link> config;  // image manifests only
  std::vector<Link> blobs;     // config and layers
  std::vector<Link> manifests;
  std::optional<Link> subject;
  std::map<std::string, std::string> annotations;

  bool is_index() const { return !config.has_value(); }
};

// Errors: INVALID_ARGUMENT saying what is wrong.
absl::StatusOr<ManifestDocument> ReadManifestDocument(absl::string_view bytes);

}  // namespace waybill::oci::registry::server::store

#endif  // WAYBILL_OCI_REGISTRY_SERVER_STORE_MANIFEST_DOCUMENT_H_
