// SPDX-License-Identifier: Apache-2.0
// What a registry's answers say about a blob, and what they do not: a web page answers 200 too.
#ifndef WAYBILL_OCI_REGISTRY_TRANSFER_BLOB_ANSWER_H_
#define WAYBILL_OCI_REGISTRY_TRANSFER_BLOB_ANSWER_H_

#include "oci/descriptor.h"
#include "oci/http/transport.h"

namespace waybill::oci::registry::transfer {

// An answer to HEAD: 200 with the blob's size, or with its digest where there is no size (distribution-spec, "Checking
// if content exists in the registry"). A blob's size below 0 is unknown: then the digest, or any size.
bool SaysPresent(const http::Reply& reply, const Descriptor& blob);
// An answer to what ends an upload: 201 with a Location or a digest (distribution-spec, "Pushing blobs"), or another
// success with the blob's digest.
bool SaysStored(const http::Reply& reply, const Descriptor& blob);
// An answer to a mount: 201 with a Location or a digest.
bool SaysMounted(const http::Reply& reply);

// Statuses with which registries, proxies and signed URLs refuse HEAD alone (400, 401, 403, 405, 501): GET or an upload
// tells.
bool RefusesHead(int status);

}  // namespace waybill::oci::registry::transfer

#endif  // WAYBILL_OCI_REGISTRY_TRANSFER_BLOB_ANSWER_H_
