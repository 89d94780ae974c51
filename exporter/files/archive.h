// SPDX-License-Identifier: Apache-2.0
// All files of an export as one tar archive.
#ifndef WAYBILL_EXPORTER_FILES_ARCHIVE_H_
#define WAYBILL_EXPORTER_FILES_ARCHIVE_H_

#include "absl/status/status.h"
#include "exporter/files/files.h"
#include "oci/context.h"
#include "oci/io/stream.h"

namespace waybill::exporter::files {

// kSeconds is what BuildKit's tar exporter writes; kExact is for whoever unpacks the archive again (FilesOfArchive).
enum class Times { kSeconds, kExact };

// Writes a whole archive (oci/rootfs/tar_output.h) to a stream, which is not closed.
absl::Status WriteArchive(const oci::Context& context, Files& files, Times times, oci::io::Writer& to);

}  // namespace waybill::exporter::files

#endif  // WAYBILL_EXPORTER_FILES_ARCHIVE_H_
