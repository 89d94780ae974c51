// SPDX-License-Identifier: Apache-2.0
// Where profiles start from.
#ifndef WAYBILL_OCI_REGISTRY_TESTING_PROFILE_BASE_H_
#define WAYBILL_OCI_REGISTRY_TESTING_PROFILE_BASE_H_

#include "oci/registry/testing/behavior.h"

namespace waybill::oci::registry::testing {

// What every registry does, and nothing that only some do: no single POST, no anonymous mount, no ?tag=, no referrers.
Behavior LeastCapable();

}  // namespace waybill::oci::registry::testing

#endif  // WAYBILL_OCI_REGISTRY_TESTING_PROFILE_BASE_H_
