// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/exporting/input_flags.h"

#include <map>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "exporter/input/image/file.h"
#include "exporter/input/image/image.h"
#include "exporter/input/image/registry_image.h"
#include "exporter/input/result_directory.h"
#include "exporter/request/metadata.h"
#include "exporter/request/options.h"
#include "oci/content/store/temporary_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/error.h"
#include "oci/platform.h"
#include "oci/registry/environment_client.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"
#include "tools/cli/exporting/backend.h"
#include "tools/cli/line/csv.h"

namespace waybill::cli::exporting {
namespace {

using exporter::input::OpenedResult;

class OpenedInput final : public Input {
 public:
  OpenedInput(OpenedResult opened, std::unique_ptr<oci::content::store::TemporaryStore> added)
      : opened_(std::move(opened)), added_(std::move(added)), both_({&added_->store(), opened_.blobs.get()}) {}

  absl::Status Attest(const oci::Context& context, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      absl::StatusOr<exporter::input::AttestationFile> file = ParseAttestFlag(text);
      absl::Status added = file.status();
      if (file.ok()) {
        added = exporter::input::AddAttestation(
            context, *file,
            {.host = oci::HostPlatform(), .store = added_->store(), .scratch_directory = TemporaryDirectory()},
            opened_.result);
      }
      if (!added.ok()) return oci::Annotate(added, absl::StrCat("--attest ", text));
    }
    return absl::OkStatus();
  }

  // The result under names of its own; a result directory has none to forget.
  void Rename() {
    renamed_ = opened_.result;
    exporter::input::image::DropImageNames(*renamed_);
  }

  const exporter::request::BuildResult& result(bool renamed) const override {
    return renamed && renamed_.has_value() ? *renamed_ : opened_.result;
  }
  oci::content::Fetcher& blobs() override { return both_; }

 private:
  OpenedResult opened_;
  std::optional<exporter::request::BuildResult> renamed_;
  const std::unique_ptr<oci::content::store::TemporaryStore> added_;
  oci::content::UnionFetcher both_;
};

absl::StatusOr<std::vector<oci::Platform>> ParsePlatforms(const std::vector<std::string>& texts) {
  std::vector<oci::Platform> platforms;
  for (const std::string& text : texts) {
    for (absl::string_view one : absl::StrSplit(text, ',')) {
      absl::StatusOr<oci::Platform> platform = oci::ParsePlatform(one);
      if (!platform.ok()) return oci::Annotate(platform.status(), absl::StrCat("--platform ", text));
      platforms.push_back(*std::move(platform));
    }
  }
  return platforms;
}

// As a frontend would have passed it on. The epoch of an output goes before that of the result.
absl::Status AddEpoch(const std::string& epoch, exporter::request::BuildResult& result) {
  if (epoch.empty()) return absl::OkStatus();
  const absl::Status parsed = exporter::request::ParseEpoch(epoch).status();
  if (!parsed.ok()) {
    return oci::Annotate(
        parsed, absl::StrCat("SOURCE_DATE_EPOCH of the environment, \"", oci::words::Quoted(epoch, 200), "\""));
  }
  const std::string key(exporter::request::kEpochKey);
  for (const auto& [known, value] : result.metadata) {
    if (known == key || absl::StartsWith(known, absl::StrCat(key, "/"))) return absl::OkStatus();
  }
  result.metadata[key] = epoch;
  return absl::OkStatus();
}

absl::StatusOr<OpenedResult> OpenNamedImage(const oci::Context& context, const std::string& name,
                                            const std::vector<oci::Platform>& platforms, bool retry) {
  if (!absl::StartsWith(name, exporter::input::image::kRegistryScheme)) {
    return exporter::input::image::OpenImage(context, name, TemporaryDirectory(), platforms);
  }
  using oci::registry::EnvironmentClient;
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<EnvironmentClient> client,
                        EnvironmentClient::Create(RegistryOptions(/*patient=*/retry)));
  return exporter::input::image::OpenRegistryImage(context, std::move(client), name, TemporaryDirectory(), platforms);
}

absl::StatusOr<OpenedResult> OpenResultOrImage(const oci::Context& context, const InputFlags& flags) {
  if (flags.result.empty() && flags.from.empty()) {
    return oci::InvalidInputError("one of --result and --from is needed");
  }
  if (!flags.result.empty() && !flags.from.empty()) {
    return oci::InvalidInputError("--result and --from exclude each other");
  }
  if (!flags.result.empty() && !flags.platforms.empty()) {
    return oci::InvalidInputError("--platform chooses platforms of --from; a result directory is exported whole");
  }
  if (!flags.result.empty()) {
    absl::StatusOr<OpenedResult> opened = exporter::input::OpenResultDirectory(context, flags.result);
    if (!opened.ok()) return oci::Annotate(opened.status(), absl::StrCat("--result ", flags.result));
    return opened;
  }
  ABSL_ASSIGN_OR_RETURN(const std::vector<oci::Platform> platforms, ParsePlatforms(flags.platforms));
  absl::StatusOr<OpenedResult> image = OpenNamedImage(context, flags.from, platforms, flags.retry);
  if (!image.ok()) return oci::Annotate(image.status(), "--from");
  return image;
}

}  // namespace

void AddInputFlags(CLI::App& command, InputFlags& flags) {
  command.add_option("--result", flags.result, "Result directory, with result.json and blobs/")->type_name("DIR");
  command
      .add_option(
          "--from", flags.from,
          "An existing image as the result: oci:DIR[:TAG], oci-archive:FILE[:TAG] or docker://HOST/REPO[:TAG|@DIGEST]")
      ->type_name("REF");
  command
      .add_option("--platform", flags.platforms, "Export only this platform of --from, such as linux/arm64; repeatable")
      ->allow_extra_args(false);
  command
      .add_option(
          "--attest", flags.attest,
          "Add a statement: type=T,path=FILE[,platform=P], with T one of sbom, spdx, cyclonedx, provenance, slsa, "
          "vex, openvex, vuln, test, or a predicate type (a URI); repeatable")
      ->allow_extra_args(false);
}

absl::StatusOr<std::unique_ptr<Input>> OpenInput(const oci::Context& context, const InputFlags& flags) {
  ABSL_ASSIGN_OR_RETURN(OpenedResult opened, OpenResultOrImage(context, flags));
  ABSL_RETURN_IF_ERROR(AddEpoch(flags.source_date_epoch, opened.result));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::content::store::TemporaryStore> added,
                        oci::content::store::TemporaryStore::Create(TemporaryDirectory()));
  auto input = std::make_unique<OpenedInput>(std::move(opened), std::move(added));
  ABSL_RETURN_IF_ERROR(input->Attest(context, flags.attest));
  if (!flags.from.empty()) input->Rename();
  return input;
}

absl::StatusOr<exporter::input::AttestationFile> ParseAttestFlag(absl::string_view text) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<std::string> fields, line::ParseCsvLine(text));
  exporter::input::AttestationFile file;
  const std::map<std::string, std::string*> known = {
      {"type", &file.type}, {"path", &file.path}, {"platform", &file.platform}};
  for (const std::string& field : fields) {
    const size_t equals = field.find('=');
    if (equals == std::string::npos)
      return oci::InvalidInputError(
          absl::StrCat("invalid value ", field, "; type=T,path=FILE[,platform=P] is expected"));
    const auto value = known.find(field.substr(0, equals));
    if (value == known.end()) {
      return oci::InvalidInputError(
          absl::StrCat("unknown key ", field.substr(0, equals), "; known are type, path, platform"));
    }
    *value->second = field.substr(equals + 1);
  }
  if (file.type.empty() || file.path.empty()) return oci::InvalidInputError("type and path are needed");
  return file;
}

}  // namespace waybill::cli::exporting
