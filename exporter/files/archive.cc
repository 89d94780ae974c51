// SPDX-License-Identifier: Apache-2.0
#include "exporter/files/archive.h"

#include <memory>

#include "exporter/files/buffered_writer.h"
#include "oci/rootfs/tar_output.h"
#include "oci/status_macros.h"
#include "oci/tar/writer.h"

namespace waybill::exporter::files {

absl::Status WriteArchive(const oci::Context& context, Files& files, Times times, oci::io::Writer& to) {
  BufferedWriter buffered(to);
  oci::tar::Writer archive(buffered);
  for (const std::unique_ptr<PlatformFiles>& platform : files) {
    ABSL_RETURN_IF_ERROR(oci::rootfs::WriteTar(context, platform->tree, *platform->contents,
                                               {.start = platform->start,
                                                .folder = platform->folder,
                                                .epoch = platform->epoch,
                                                .exact_times = times == Times::kExact},
                                               archive));
  }
  ABSL_RETURN_IF_ERROR(archive.Close());
  return buffered.Close();
}

}  // namespace waybill::exporter::files
