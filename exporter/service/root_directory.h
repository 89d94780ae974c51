// SPDX-License-Identifier: Apache-2.0
// The directory that a service keeps its blobs and its work in.
#ifndef WAYBILL_EXPORTER_SERVICE_ROOT_DIRECTORY_H_
#define WAYBILL_EXPORTER_SERVICE_ROOT_DIRECTORY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/file/fd.h"

namespace waybill::exporter::service {

// Where exports put what lives no longer than they do.
std::string ScratchOf(absl::string_view root);

// Makes the directory when it is missing, closes it to other users (mode 0700), and removes what exports that were
// killed left in it; files that the service did not make stay. The lock is held as long as the service runs: two on one
// directory would spoil each other's uploads. Errors: INVALID_ARGUMENT when another service uses it, or when it has
// content but not a service's.
absl::StatusOr<oci::file::Fd> OpenRoot(const std::string& root);

}  // namespace waybill::exporter::service

#endif  // WAYBILL_EXPORTER_SERVICE_ROOT_DIRECTORY_H_
