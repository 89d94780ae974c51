// SPDX-License-Identifier: Apache-2.0
// /v2/<name>/blobs/<digest> of the fake registry: HEAD, GET (with ranges) and DELETE.
#ifndef WAYBILL_OCI_REGISTRY_TESTING_BLOB_ENDPOINT_H_
#define WAYBILL_OCI_REGISTRY_TESTING_BLOB_ENDPOINT_H_

#include "oci/registry/testing/exchange.h"
#include "oci/registry/testing/storage.h"

namespace waybill::oci::registry::testing {

Response ServeBlob(const Exchange& exchange, BlobStorage& storage);

}  // namespace waybill::oci::registry::testing

#endif  // WAYBILL_OCI_REGISTRY_TESTING_BLOB_ENDPOINT_H_
