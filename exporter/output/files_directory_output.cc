// SPDX-License-Identifier: Apache-2.0
#include "exporter/output/files_directory_output.h"

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "exporter/output/target_progress.h"
#include "oci/rootfs/disk/directory_output.h"
#include "oci/status_macros.h"

namespace waybill::exporter::output {

namespace disk = oci::rootfs::disk;

absl::Status FilesDirectoryOutput::Deliver(const oci::Context& context, files::Files& files,
                                           const request::ExportOptions& options) {
  TargetProgress progress(context, absl::StrCat("local ", path_));
  const oci::Context traced = context.WithProgress(progress);
  std::vector<disk::DirectoryPart> parts;
  for (const std::unique_ptr<files::PlatformFiles>& platform : files) {
    parts.push_back({.tree = platform->tree,
                     .files = *platform->contents,
                     .start = platform->start,
                     .folder = platform->folder,
                     .epoch = platform->epoch});
  }
  oci::ProgressEvent event{.item = "writing files"};
  traced.Report(event);
  ABSL_ASSIGN_OR_RETURN(
      const disk::DirectoryReport report,
      disk::WriteDirectory(traced, path_, parts, {.remove_others = options.mode == request::LocalMode::kDelete}));
  if (const std::string warning = report.Warning(); !warning.empty()) {
    traced.Report({.state = oci::ProgressEvent::State::kWarning, .detail = warning});
  }
  event.state = oci::ProgressEvent::State::kDone;
  event.detail = absl::StrCat(report.files, report.files == 1 ? " file" : " files");
  if (report.removed > 0) absl::StrAppend(&event.detail, ", ", report.removed, " removed");
  traced.Report(event);
  return absl::OkStatus();
}

}  // namespace waybill::exporter::output
