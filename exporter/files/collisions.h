// SPDX-License-Identifier: Apache-2.0
// Files of several platforms that would have one path.
#ifndef WAYBILL_EXPORTER_FILES_COLLISIONS_H_
#define WAYBILL_EXPORTER_FILES_COLLISIONS_H_

#include "absl/status/status.h"
#include "exporter/files/files.h"
#include "oci/context.h"

namespace waybill::exporter::files {

// INVALID_ARGUMENT, in BuildKit's words, for the first path that two platforms without folders of their own have,
// unless it is a directory in both.
absl::Status CheckCollisions(const oci::Context& context, const Files& files);

}  // namespace waybill::exporter::files

#endif  // WAYBILL_EXPORTER_FILES_COLLISIONS_H_
