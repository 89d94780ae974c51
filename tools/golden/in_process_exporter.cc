// SPDX-License-Identifier: Apache-2.0
#include "tools/golden/in_process_exporter.h"

#include <memory>

#include "exporter/exporter.h"
#include "exporter/files/files.h"
#include "exporter/input/result_directory.h"
#include "exporter/output/output.h"
#include "exporter/request/options.h"
#include "oci/content/store/memory_store.h"
#include "oci/context.h"
#include "oci/status_macros.h"
#include "tools/golden/recorded/recorded_registries.h"

namespace waybill::golden {

absl::StatusOr<std::map<std::string, std::string>> InProcessExporter::Export(const recorded::Job& job) {
  ABSL_ASSIGN_OR_RETURN(const exporter::request::ExportOptions options,
                        exporter::request::ExportOptions::FromRequest(job.request));
  std::unique_ptr<recorded::RecordedRegistries> registries;
  exporter::output::Destination destination;
  if (options.push) {
    ABSL_ASSIGN_OR_RETURN(registries, recorded::RecordedRegistries::Start(job.destination, registry_));
    destination.registry = &registries->client();
  } else if (options.type != exporter::request::ExporterType::kImage) {
    destination.path = job.destination;
  }
  const oci::Context context;
  ABSL_ASSIGN_OR_RETURN(const exporter::input::OpenedResult opened,
                        exporter::input::OpenResultDirectory(context, job.bundle));
  oci::content::store::MemoryStore staging;
  const exporter::Exporter exporter({.now = [&job] { return job.now; },
                                     .version = recorded::kRecordedVersion,
                                     .host = {.architecture = "amd64", .os = "linux"},
                                     .scratch_directory = job.bundle});
  if (exporter::request::WritesFiles(options.type)) {
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<exporter::files::FilesOutput> output,
                          exporter::output::NewFilesOutput(options, destination));
    ABSL_ASSIGN_OR_RETURN(const exporter::Report report,
                          exporter.ExportFiles(context, opened.result, options, *opened.blobs, staging, *output));
    return report.response;
  }
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<exporter::Output> output,
                        exporter::output::NewOutput(options, destination));
  ABSL_ASSIGN_OR_RETURN(const exporter::Report report,
                        exporter.Export(context, opened.result, options, *opened.blobs, staging, *output));
  return report.response;
}

}  // namespace waybill::golden
