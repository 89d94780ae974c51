// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "attest/keys/open_key.h"
#include "attest/sign/key.h"
#include "exporter/files/files.h"
#include "exporter/output/output.h"
#include "exporter/publishing/published_output.h"
#include "exporter/request/options.h"
#include "oci/content/store/temporary_store.h"
#include "oci/error.h"
#include "oci/file/fd.h"
#include "oci/platform.h"
#include "oci/registry/environment_client.h"
#include "oci/status_macros.h"
#include "tools/cli/exporting/backend.h"
#include "tools/cli/files/stream_file.h"
#include "tools/cli/line/version.h"

namespace waybill::cli::exporting {
namespace {

using oci::registry::EnvironmentClient;
using DestinationKind = OutputFlag::DestinationKind;

using Keys = std::map<std::string, attest::sign::SigningKey, std::less<>>;

// The command signs with keys that its user names.
absl::StatusOr<Keys> OpenKeys(const oci::Context& context, absl::Span<const CheckedOutput> outputs) {
  Keys keys;
  for (const CheckedOutput& output : outputs) {
    const std::string& name = output.options.publishing.key;
    if (name.empty() || keys.contains(name)) continue;
    absl::StatusOr<attest::sign::SigningKey> key =
        attest::keys::OpenKey(context, {.name = name, .passphrase_file = ""});
    if (!key.ok()) return oci::Annotate(key.status(), "exporter option \"sign\"");
    keys.emplace(name, *std::move(key));
  }
  return keys;
}

class LocalBackend final : public Backend {
 public:
  // Connections, tokens and what was learned about registries serve all outputs. Null when there is no push.
  LocalBackend(std::unique_ptr<EnvironmentClient> registry, Keys keys)
      : registry_(std::move(registry)), keys_(std::move(keys)) {}

  absl::StatusOr<exporter::Report> Export(const oci::Context& context, oci::content::Fetcher& blobs,
                                          const PlannedOutput& planned) override {
    const OutputFlag& output = planned.output.flag;
    exporter::output::Destination destination{.registry = registry_ == nullptr ? nullptr : &registry_->client()};
    std::unique_ptr<oci::io::Writer> stream;
    if (output.destination == DestinationKind::kStdout || output.destination == DestinationKind::kStream) {
      ABSL_ASSIGN_OR_RETURN(stream, files::OpenStream(context, output.path));
      destination.stream = stream.get();
    } else {
      destination.path = output.path;
    }
    ABSL_ASSIGN_OR_RETURN(exporter::Report report, ExportTo(context, blobs, planned, destination));
    if (stream != nullptr) ABSL_RETURN_IF_ERROR(stream->Close());
    return report;
  }

 private:
  absl::StatusOr<exporter::Report> ExportTo(const oci::Context& context, oci::content::Fetcher& blobs,
                                            const PlannedOutput& planned,
                                            const exporter::output::Destination& destination) const {
    const exporter::request::ExportOptions& options = planned.output.options;
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::content::store::TemporaryStore> staging,
                          oci::content::store::TemporaryStore::Create(TemporaryDirectory()));
    const exporter::Exporter exporter(ExporterDeps(TemporaryDirectory()));
    if (const auto* const files = std::get_if<exporter::plan::FilesPlan>(&planned.plan); files != nullptr) {
      ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<exporter::files::FilesOutput> target,
                            exporter::output::NewFilesOutput(options, destination));
      return exporter.ExportFiles(context, *files, options, blobs, staging->store(), *target);
    }
    ABSL_ASSIGN_OR_RETURN(std::unique_ptr<exporter::Output> output, exporter::output::NewOutput(options, destination));
    const auto key_named = [this](absl::string_view name) -> absl::StatusOr<attest::sign::SigningKey> {
      const auto found = keys_.find(name);
      return found != keys_.end() ? found->second
                                  : absl::StatusOr<attest::sign::SigningKey>(oci::NotFoundError("it was not opened"));
    };
    const exporter::publishing::PublishingDeps publishing{
        .keys = key_named, .scratch_directory = TemporaryDirectory(), .registries = destination.registry};
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<exporter::Output> target,
                          exporter::publishing::WithPublishing(std::move(output), options, publishing));
    return exporter.Export(context, std::get<exporter::plan::Plan>(planned.plan), options, blobs, staging->store(),
                           *target);
  }

  const std::unique_ptr<EnvironmentClient> registry_;
  const Keys keys_;
};

}  // namespace

std::string TemporaryDirectory() {
  const char* const directory = std::getenv("TMPDIR");
  return directory != nullptr && *directory != '\0' ? directory : "/tmp";
}

exporter::Exporter::Deps ExporterDeps(const std::string& scratch) {
  return {.now = [] { return absl::Now(); },
          .version = line::kBuildKitVersion,
          .host = oci::HostPlatform(),
          .scratch_directory = scratch};
}

absl::Status PrepareTemporaryDirectory() {
  const std::string directory = TemporaryDirectory();
  if (const absl::Status opened = oci::file::OpenDirectory(directory).status(); !opened.ok()) {
    return oci::Annotate(opened, "TMPDIR");
  }
  oci::content::store::TemporaryStore::RemoveAbandoned(directory);
  return absl::OkStatus();
}

EnvironmentClient::Options RegistryOptions(bool patient) {
  EnvironmentClient::Options options = EnvironmentClient::FromProcess();
  options.retry.patient = patient;
  return options;
}

absl::StatusOr<std::unique_ptr<Backend>> NewLocalBackend(const oci::Context& context,
                                                         absl::Span<const CheckedOutput> outputs, bool patient) {
  ABSL_ASSIGN_OR_RETURN(Keys keys, OpenKeys(context, outputs));
  std::unique_ptr<EnvironmentClient> registry;
  if (std::any_of(outputs.begin(), outputs.end(), [](const CheckedOutput& output) { return output.options.push; })) {
    ABSL_ASSIGN_OR_RETURN(registry, EnvironmentClient::Create(RegistryOptions(patient)));
  }
  return std::make_unique<LocalBackend>(std::move(registry), std::move(keys));
}

}  // namespace waybill::cli::exporting
