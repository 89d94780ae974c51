// SPDX-License-Identifier: Apache-2.0
// Finds the directory of a build daemon's content store among the directories that its process may use.
#ifndef WAYBILL_EXPORTER_BRIDGE_STORE_FIND_STORE_H_
#define WAYBILL_EXPORTER_BRIDGE_STORE_FIND_STORE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "exporter/bridge/store/blob_directory.h"
#include "exporter/bridge/store/daemon_process.h"
#include "oci/content/content.h"
#include "oci/context.h"

namespace waybill::exporter::bridge::store {

// Looks below the root directories that root_directories.h names, for the workers' "<worker>/content", dockerd's
// "content" and containerd's store, all as the process sees them. A directory counts when a small blob in it has its
// digest, and `api`, the daemon's own content API, gives the blob too. Errors: NOT_FOUND when there is no such
// directory, or it has no blob yet that the API gives.
absl::StatusOr<std::unique_ptr<BlobDirectory>> FindStore(const oci::Context& context, const DaemonProcess& process,
                                                         oci::content::Fetcher& api);

}  // namespace waybill::exporter::bridge::store

#endif  // WAYBILL_EXPORTER_BRIDGE_STORE_FIND_STORE_H_
