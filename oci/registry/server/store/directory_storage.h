// SPDX-License-Identifier: Apache-2.0
// The fake registry's bytes on disk: below a directory, one OCI layout per repository (image-spec, image-layout.md).
// Blobs stream through temporary files. The directory must belong to one registry at a time.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_STORE_DIRECTORY_STORAGE_H_
#define WAYBILL_OCI_REGISTRY_SERVER_STORE_DIRECTORY_STORAGE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "oci/registry/server/store/storage.h"

namespace waybill::oci::registry::server::store {

// Creates the directory when it is not there. Repositories are those that are there already, at any depth.
absl::StatusOr<std::unique_ptr<Storage>> OpenDirectoryStorage(const std::string& directory);

}  // namespace waybill::oci::registry::server::store

#endif  // WAYBILL_OCI_REGISTRY_SERVER_STORE_DIRECTORY_STORAGE_H_
