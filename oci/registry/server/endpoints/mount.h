// SPDX-License-Identifier: Apache-2.0
// Mounts of the fake registry: POST .../uploads/?mount=<digest>[&from=<repository>].
#ifndef WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_MOUNT_H_
#define WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_MOUNT_H_

#include <optional>

#include "oci/digest.h"
#include "oci/registry/server/endpoints/exchange.h"
#include "oci/registry/server/store/catalog.h"
#include "oci/registry/server/store/storage.h"

namespace waybill::oci::registry::server::endpoints {

struct MountOutcome {
  bool mounted = false;                           // otherwise a session is opened instead
  std::optional<http::server::Response> refusal;  // neither
};

MountOutcome MountBlob(const Exchange& exchange, const Digest& digest, store::Storage& storage,
                       const store::Catalog& catalog);

}  // namespace waybill::oci::registry::server::endpoints

#endif  // WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_MOUNT_H_
