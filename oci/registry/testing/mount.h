// SPDX-License-Identifier: Apache-2.0
// Mounts of the fake registry: POST .../uploads/?mount=<digest>[&from=<repository>].
#ifndef WAYBILL_OCI_REGISTRY_TESTING_MOUNT_H_
#define WAYBILL_OCI_REGISTRY_TESTING_MOUNT_H_

#include <optional>

#include "oci/digest.h"
#include "oci/registry/testing/catalog.h"
#include "oci/registry/testing/exchange.h"
#include "oci/registry/testing/storage.h"

namespace waybill::oci::registry::testing {

struct MountOutcome {
  bool mounted = false;             // otherwise a session is opened instead
  std::optional<Response> refusal;  // neither
};

MountOutcome MountBlob(const Exchange& exchange, const Digest& digest, Storage& storage, const Catalog& catalog);

}  // namespace waybill::oci::registry::testing

#endif  // WAYBILL_OCI_REGISTRY_TESTING_MOUNT_H_
