// SPDX-License-Identifier: Apache-2.0
// The lists of the fake registry: tags, referrers and repositories, with pagination (spec.md, "Content Discovery").
#ifndef WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_LISTING_ENDPOINTS_H_
#define WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_LISTING_ENDPOINTS_H_

#include "oci/registry/server/endpoints/exchange.h"
#include "oci/registry/server/store/catalog.h"

namespace waybill::oci::registry::server::endpoints {

http::server::Response ServeTags(const Exchange& exchange, const store::Catalog& catalog);
http::server::Response ServeRepositories(const Exchange& exchange, const store::Catalog& catalog);
http::server::Response ServeReferrers(const Exchange& exchange, const store::Catalog& catalog);

}  // namespace waybill::oci::registry::server::endpoints

#endif  // WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_LISTING_ENDPOINTS_H_
