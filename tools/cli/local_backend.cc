// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <memory>

#include "absl/time/clock.h"
#include "exporter/options.h"
#include "exporter/output/output.h"
#include "oci/content/temporary_store.h"
#include "oci/platform.h"
#include "oci/registry/client.h"
#include "oci/registry/environment_client.h"
#include "oci/status_macros.h"
#include "tools/cli/backend.h"
#include "tools/cli/stdout.h"
#include "tools/cli/version.h"

namespace waybill::cli {
namespace {

class LocalBackend final : public Backend {
 public:
  absl::StatusOr<exporter::Report> Export(const oci::Context& context, const exporter::BuildResult& result,
                                          oci::content::Fetcher& blobs, const OutputFlag& output) override {
    ABSL_ASSIGN_OR_RETURN(const exporter::ExportOptions options, exporter::ExportOptions::FromRequest(output.request));
    std::unique_ptr<oci::io::Writer> stream;
    if (output.destination == OutputFlag::Destination::kStdout) {
      ABSL_ASSIGN_OR_RETURN(stream, OpenStdout());
    }
    ABSL_ASSIGN_OR_RETURN(oci::registry::Client* const registry, RegistryClient(options));
    ABSL_ASSIGN_OR_RETURN(
        const std::unique_ptr<exporter::Output> target,
        exporter::output::NewOutput(options, {.path = output.path, .stream = stream.get(), .registry = registry}));
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::content::TemporaryStore> staging,
                          oci::content::TemporaryStore::Create(TemporaryDirectory()));
    const exporter::Exporter exporter(ExporterDeps(TemporaryDirectory()));
    ABSL_ASSIGN_OR_RETURN(exporter::Report report,
                          exporter.Export(context, result, options, blobs, staging->store(), *target));
    if (stream != nullptr) ABSL_RETURN_IF_ERROR(stream->Close());
    return report;
  }

 private:
  // Made at the first push and kept: connections, tokens and what was learned serve the outputs that follow.
  absl::StatusOr<oci::registry::Client*> RegistryClient(const exporter::ExportOptions& options) {
    if (!options.push) return nullptr;
    if (registry_ == nullptr) {
      ABSL_ASSIGN_OR_RETURN(registry_,
                            oci::registry::EnvironmentClient::Create(oci::registry::EnvironmentClient::FromProcess()));
    }
    return &registry_->client();
  }

  std::unique_ptr<oci::registry::EnvironmentClient> registry_;
};

}  // namespace

std::string TemporaryDirectory() {
  const char* const directory = std::getenv("TMPDIR");
  return directory != nullptr && *directory != '\0' ? directory : "/tmp";
}

exporter::Exporter::Deps ExporterDeps(const std::string& scratch) {
  return {.now = [] { return absl::Now(); },
          .version = kBuildKitVersion,
          .host = oci::HostPlatform(),
          .scratch_directory = scratch};
}

std::unique_ptr<Backend> NewLocalBackend() { return std::make_unique<LocalBackend>(); }

}  // namespace waybill::cli
