// SPDX-License-Identifier: Apache-2.0
// /v2/<name>/blobs/<digest> of the fake registry: HEAD, GET (with ranges) and DELETE.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_BLOB_ENDPOINT_H_
#define WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_BLOB_ENDPOINT_H_

#include "oci/registry/server/endpoints/exchange.h"
#include "oci/registry/server/store/storage.h"

namespace waybill::oci::registry::server::endpoints {

http::server::Response ServeBlob(const Exchange& exchange, store::BlobStorage& storage);

}  // namespace waybill::oci::registry::server::endpoints

#endif  // WAYBILL_OCI_REGISTRY_SERVER_ENDPOINTS_BLOB_ENDPOINT_H_
