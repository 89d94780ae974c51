// SPDX-License-Identifier: Apache-2.0
// The end of an upload: the bytes become a blob when they have the digest that the client says.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_STORE_KEEP_DRAFT_H_
#define WAYBILL_OCI_REGISTRY_SERVER_STORE_KEEP_DRAFT_H_

#include "absl/status/status.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "oci/registry/server/store/storage.h"
#include "oci/registry/server/store/uploads.h"

namespace waybill::oci::registry::server::store {

// A session that was opened without naming the algorithm was hashed with sha256; its bytes are then read once more.
// Errors: kVerification when the bytes have another digest; nothing is kept then.
absl::Status KeepDraft(const Context& context, UploadSession& session, const Digest& digest, BlobStorage& storage);

}  // namespace waybill::oci::registry::server::store

#endif  // WAYBILL_OCI_REGISTRY_SERVER_STORE_KEEP_DRAFT_H_
