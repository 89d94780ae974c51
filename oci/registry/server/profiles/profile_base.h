// SPDX-License-Identifier: Apache-2.0
// Where profiles start from.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_PROFILES_PROFILE_BASE_H_
#define WAYBILL_OCI_REGISTRY_SERVER_PROFILES_PROFILE_BASE_H_

#include "oci/registry/server/behavior/behavior.h"

namespace waybill::oci::registry::server::profiles {

// What every registry does, and nothing that only some do: no single POST, no anonymous mount, no ?tag=, no referrers.
behavior::Behavior LeastCapable();

}  // namespace waybill::oci::registry::server::profiles

#endif  // WAYBILL_OCI_REGISTRY_SERVER_PROFILES_PROFILE_BASE_H_
