// SPDX-License-Identifier: Apache-2.0
#include "exporter/output/archive_output.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "exporter/output/at_path.h"
#include "exporter/output/layout_artifacts.h"
#include "exporter/output/target_progress.h"
#include "oci/content/copy_graph.h"
#include "oci/file/atomic_file.h"
#include "oci/layout/archive.h"
#include "oci/status_macros.h"

namespace waybill::exporter::output {
namespace {

absl::Status WriteArchive(const oci::Context& context, const Image& image, request::ExporterType type,
                          oci::io::Writer& out) {
  oci::layout::Archive archive({.docker_manifest = type == request::ExporterType::kDocker});
  // Only collects sources: the bytes move, and progress is made, when the archive is written.
  SilentProgress silent;
  ABSL_RETURN_IF_ERROR(oci::content::CopyGraph(context.WithProgress(silent), image.content, archive, image.root, {}));
  ABSL_ASSIGN_OR_RETURN(std::vector<oci::Descriptor> artifacts,
                        CopyArtifacts(context.WithProgress(silent), image, archive));
  for (const std::string& name : image.names) ABSL_RETURN_IF_ERROR(archive.Tag(context, image.root, name));
  if (image.names.empty()) ABSL_RETURN_IF_ERROR(archive.Tag(context, image.root, ""));
  for (oci::Descriptor& entry : artifacts) ABSL_RETURN_IF_ERROR(archive.Enter(context, std::move(entry)));
  return archive.Finish(context, out);
}

absl::Status WriteFile(const oci::Context& context, const Image& image, request::ExporterType type,
                       const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::file::AtomicFile> file, oci::file::AtomicFile::Create(path, {}));
  ABSL_RETURN_IF_ERROR(WriteArchive(context, image, type, *file));
  ABSL_RETURN_IF_ERROR(context.Check());
  return file->Commit();
}

}  // namespace

absl::StatusOr<answers::Delivery> ArchiveStreamOutput::Deliver(const oci::Context& context, const Image& image,
                                                               const request::ExportOptions& options) {
  TargetProgress progress(context, absl::StrCat(request::TypeName(options.type), " -"));
  ABSL_RETURN_IF_ERROR(WriteArchive(context.WithProgress(progress), image, options.type, stream_));
  return answers::Delivery{};
}

absl::StatusOr<answers::Delivery> ArchiveFileOutput::Deliver(const oci::Context& context, const Image& image,
                                                             const request::ExportOptions& options) {
  TargetProgress progress(context, absl::StrCat(request::TypeName(options.type), " ", path_));
  ABSL_RETURN_IF_ERROR(AtPath(WriteFile(context.WithProgress(progress), image, options.type, path_), path_));
  return answers::Delivery{};
}

}  // namespace waybill::exporter::output
