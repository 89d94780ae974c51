// SPDX-License-Identifier: Apache-2.0
#include "exporter/output/files_archive_output.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "exporter/files/archive.h"
#include "exporter/output/at_path.h"
#include "exporter/output/target_progress.h"
#include "oci/file/atomic_file.h"
#include "oci/status_macros.h"

namespace waybill::exporter::output {
namespace {

constexpr char kWriting[] = "writing files";

absl::Status WriteTo(const oci::Context& context, files::Files& files, files::Times times, oci::io::Writer& to) {
  context.Report({.item = kWriting});
  ABSL_RETURN_IF_ERROR(files::WriteArchive(context, files, times, to));
  context.Report({.item = kWriting, .state = oci::ProgressEvent::State::kDone});
  return absl::OkStatus();
}

absl::Status WriteFile(const oci::Context& context, files::Files& files, const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::file::AtomicFile> file, oci::file::AtomicFile::Create(path, {}));
  ABSL_RETURN_IF_ERROR(WriteTo(context, files, files::Times::kSeconds, *file));
  ABSL_RETURN_IF_ERROR(context.Check());
  return file->Commit();
}

}  // namespace

absl::Status FilesArchiveStreamOutput::Deliver(const oci::Context& context, files::Files& files,
                                               const request::ExportOptions& options) {
  TargetProgress progress(context, absl::StrCat(request::TypeName(options.type), " -"));
  const bool unpacked = options.type == request::ExporterType::kLocal;
  return WriteTo(context.WithProgress(progress), files, unpacked ? files::Times::kExact : files::Times::kSeconds,
                 stream_);
}

absl::Status FilesArchiveOutput::Deliver(const oci::Context& context, files::Files& files,
                                         const request::ExportOptions&) {
  TargetProgress progress(context, absl::StrCat("tar ", path_));
  return AtPath(WriteFile(context.WithProgress(progress), files, path_), path_);
}

}  // namespace waybill::exporter::output
