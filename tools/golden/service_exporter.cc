// SPDX-License-Identifier: Apache-2.0
#include "tools/golden/service_exporter.h"

#include "absl/strings/str_cat.h"
#include "exporter/exporter.h"
#include "exporter/input/result_directory.h"
#include "exporter/output/output.h"
#include "exporter/request/options.h"
#include "exporter/rpc/listen/address.h"
#include "oci/context.h"
#include "oci/io/stream.h"
#include "oci/status_macros.h"
#include "tools/cli/exporting/backend.h"
#include "tools/cli/exporting/output_flag.h"
#include "tools/golden/recorded/recorded_registries.h"

namespace waybill::golden {
namespace {

using DestinationKind = cli::exporting::OutputFlag::DestinationKind;

cli::exporting::OutputFlag OutputOf(const recorded::Job& job, const exporter::request::ExportOptions& options) {
  cli::exporting::OutputFlag output{
      .request = job.request, .destination = DestinationKind::kNone, .path = job.destination};
  if (options.type == exporter::request::ExporterType::kOci ||
      options.type == exporter::request::ExporterType::kDocker) {
    output.destination = options.tar ? DestinationKind::kFile : DestinationKind::kDirectory;
  } else if (exporter::request::WritesFiles(options.type)) {
    output.destination =
        options.type == exporter::request::ExporterType::kTar ? DestinationKind::kFile : DestinationKind::kDirectory;
  }
  return output;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServiceExporter>> ServiceExporter::Start(const std::string& directory) {
  std::unique_ptr<ServiceExporter> exporter(new ServiceExporter());
  ABSL_ASSIGN_OR_RETURN(const exporter::rpc::listen::Address address,
                        exporter::rpc::listen::Address::Parse("tcp://127.0.0.1:0"));
  const auto new_output = [self = exporter.get()](const exporter::request::ExportOptions& options,
                                                  oci::io::Writer* archive) {
    return exporter::output::NewOutput(options,
                                       {.stream = archive, .registry = options.push ? self->registry() : nullptr});
  };
  ABSL_ASSIGN_OR_RETURN(exporter->server_, exporter::service::Server::Start(
                                               {.listen = {address},
                                                .root = absl::StrCat(directory, "/service"),
                                                .version = "test",
                                                .parallel_exports = 10,
                                                .new_output = new_output,
                                                .exporter = {.now = [self = exporter.get()] { return self->now(); },
                                                             .version = recorded::kRecordedVersion,
                                                             .host = {.architecture = "amd64", .os = "linux"}}}));
  return exporter;
}

absl::Time ServiceExporter::now() const {
  absl::MutexLock lock(&mutex_);
  return now_;
}

oci::registry::Client* ServiceExporter::registry() const {
  absl::MutexLock lock(&mutex_);
  return registry_;
}

absl::StatusOr<std::map<std::string, std::string>> ServiceExporter::Export(const recorded::Job& job) {
  // Wrong options are the service's to refuse.
  const exporter::request::ExportOptions options =
      exporter::request::ExportOptions::FromRequest(job.request).value_or(exporter::request::ExportOptions{});
  std::unique_ptr<recorded::RecordedRegistries> registries;
  if (options.push) {
    ABSL_ASSIGN_OR_RETURN(registries, recorded::RecordedRegistries::Start(job.destination, {}));
  }
  {
    absl::MutexLock lock(&mutex_);
    now_ = job.now;
    registry_ = registries == nullptr ? nullptr : &registries->client();
  }
  const oci::Context context;
  ABSL_ASSIGN_OR_RETURN(const exporter::input::OpenedResult opened,
                        exporter::input::OpenResultDirectory(context, job.bundle));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<cli::exporting::Backend> backend,
                        cli::exporting::NewRemoteBackend(server_->addresses()[0].ToString(), /*tls=*/{}));
  const cli::exporting::CheckedOutput output{.flag = OutputOf(job, options), .options = options};
  ABSL_ASSIGN_OR_RETURN(
      const exporter::Report report,
      backend->Export(context, *opened.blobs, {.output = output, .result = opened.result, .plan = {}}));
  return report.response;
}

}  // namespace waybill::golden
