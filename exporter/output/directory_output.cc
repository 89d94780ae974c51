// SPDX-License-Identifier: Apache-2.0
#include "exporter/output/directory_output.h"

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "exporter/output/at_path.h"
#include "exporter/output/layout_artifacts.h"
#include "exporter/output/target_progress.h"
#include "oci/content/copy_graph.h"
#include "oci/layout/directory.h"
#include "oci/status_macros.h"

namespace waybill::exporter::output {
namespace {

absl::Status WriteDirectory(const oci::Context& context, const Image& image, const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::layout::Directory> directory, oci::layout::Directory::Open(path));
  ABSL_RETURN_IF_ERROR(
      oci::content::CopyGraph(context, image.content, *directory, image.root, {.trust_manifests = false}));
  ABSL_ASSIGN_OR_RETURN(const std::vector<oci::Descriptor> artifacts, CopyArtifacts(context, image, *directory));
  return directory->TagAll(context, image.root, image.names, artifacts);
}

}  // namespace

absl::StatusOr<answers::Delivery> DirectoryOutput::Deliver(const oci::Context& context, const Image& image,
                                                           const request::ExportOptions& options) {
  TargetProgress progress(context, absl::StrCat(request::TypeName(options.type), " ", path_));
  ABSL_RETURN_IF_ERROR(AtPath(WriteDirectory(context.WithProgress(progress), image, path_), path_));
  return answers::Delivery{};
}

}  // namespace waybill::exporter::output
