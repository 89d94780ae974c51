// SPDX-License-Identifier: Apache-2.0
// The lists of the fake registry: tags, referrers and repositories, with pagination (spec.md, "Content Discovery").
#ifndef WAYBILL_OCI_REGISTRY_TESTING_LISTING_ENDPOINTS_H_
#define WAYBILL_OCI_REGISTRY_TESTING_LISTING_ENDPOINTS_H_

#include "oci/registry/testing/catalog.h"
#include "oci/registry/testing/exchange.h"

namespace waybill::oci::registry::testing {

Response ServeTags(const Exchange& exchange, const Catalog& catalog);
Response ServeRepositories(const Exchange& exchange, const Catalog& catalog);
Response ServeReferrers(const Exchange& exchange, const Catalog& catalog);

}  // namespace waybill::oci::registry::testing

#endif  // WAYBILL_OCI_REGISTRY_TESTING_LISTING_ENDPOINTS_H_
