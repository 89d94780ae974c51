// SPDX-License-Identifier: Apache-2.0
#include "exporter/exporter.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attest/manifest.h"
#include "exporter/answers/response.h"
#include "exporter/documents/assemble.h"
#include "exporter/layers/made.h"
#include "exporter/layers/maker.h"
#include "exporter/plan/plan.h"
#include "exporter/request/names.h"
#include "exporter/statements/attestations.h"
#include "oci/content/union_fetcher.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"
#include "oci/progress.h"
#include "oci/status_macros.h"

namespace waybill::exporter {
namespace {

constexpr char kAssembling[] = "assembling";

// The root document and, of a bare manifest, its config.
struct Built {
  oci::Descriptor root;
  std::optional<oci::Digest> config;
  std::vector<oci::Descriptor> referrers;  // attestations that the index does not list
};

// Makes the documents of one export and puts them into the staging store.
class Builder {
 public:
  Builder(const oci::Context& context, const Exporter::Deps& deps, const plan::Plan& plan,
          const request::ExportOptions& options, oci::content::Fetcher& content, oci::content::Store& staging)
      : context_(context), deps_(deps), plan_(plan), options_(options), content_(content), staging_(staging) {}

  absl::StatusOr<Built> Build() const {
    if (!plan_.index) {
      ABSL_ASSIGN_OR_RETURN(const documents::ManifestDocuments image, BuildImage(plan_.images.front()));
      return Built{.root = image.manifest.descriptor, .config = image.config.descriptor.digest, .referrers = {}};
    }
    std::vector<oci::Descriptor> images;
    std::vector<oci::Descriptor> attestations;
    for (const plan::ImagePlan& plan : plan_.images) {
      if (const absl::Status status = BuildEntries(plan, images, attestations); !status.ok()) {
        return oci::Annotate(status, absl::StrCat("platform ", plan.platform.id));
      }
    }
    const bool apart = options_.attestation_placement == request::AttestationPlacement::kReferrer;
    if (apart && !attestations.empty() && !plan_.artifact) {
      return oci::InvalidInputError("exporter option \"attestation-placement=referrer\" needs \"oci-artifact=true\"");
    }
    if (!apart) images.insert(images.end(), attestations.begin(), attestations.end());
    const documents::Document index = documents::AssembleIndex(plan_, images);
    ABSL_RETURN_IF_ERROR(Stage(index));
    if (!apart) attestations.clear();
    return Built{.root = index.descriptor, .config = std::nullopt, .referrers = std::move(attestations)};
  }

 private:
  absl::Status BuildEntries(const plan::ImagePlan& plan, std::vector<oci::Descriptor>& images,
                            std::vector<oci::Descriptor>& attestations) const {
    ABSL_ASSIGN_OR_RETURN(const documents::ManifestDocuments image, BuildImage(plan));
    images.push_back(image.manifest.descriptor);
    if (!plan.attestations.has_value()) return absl::OkStatus();
    ABSL_ASSIGN_OR_RETURN(const std::vector<oci::Descriptor> statements,
                          BuildStatements(plan, image.manifest.descriptor.digest));
    const documents::ManifestDocuments attestation =
        attest::MakeManifest(plan_.artifact ? attest::AttestationForm::kArtifact : attest::AttestationForm::kLegacy,
                             image.manifest.descriptor, statements);
    attestations.push_back(attestation.manifest.descriptor);
    return Stage(attestation);
  }

  absl::StatusOr<documents::ManifestDocuments> BuildImage(const plan::ImagePlan& plan) const {
    ABSL_RETURN_IF_ERROR(context_.Check());
    ABSL_ASSIGN_OR_RETURN(documents::ManifestDocuments image, documents::AssembleImage(plan_, plan));
    ABSL_RETURN_IF_ERROR(Stage(image));
    return image;
  }

  absl::StatusOr<std::vector<oci::Descriptor>> BuildStatements(const plan::ImagePlan& plan,
                                                               const oci::Digest& manifest) const {
    statements::StatementInputs inputs{.attestations = *plan.attestations,
                                       .layers = plan::ManifestLayers(plan.layers, plan_.rules),
                                       .has_ref = !plan.layers.empty(),
                                       .manifest = manifest,
                                       .version = deps_.version,
                                       .content_limit = options_.attestation_content_limit.value_or(0),
                                       .scratch_directory = deps_.scratch_directory};
    ABSL_ASSIGN_OR_RETURN(inputs.default_subjects,
                          statements::DefaultSubjects(plan_.subject_names, plan.platform.platform, manifest));
    return statements::MakeStatements(context_, inputs, content_, staging_);
  }

  absl::Status Stage(const documents::ManifestDocuments& documents) const {
    ABSL_RETURN_IF_ERROR(Stage(documents.config));
    return Stage(documents.manifest);
  }
  absl::Status Stage(const documents::Document& document) const {
    const oci::Descriptor& descriptor = document.descriptor;
    const bool has_limit = oci::image::IsManifest(descriptor.media_type) || oci::image::IsIndex(descriptor.media_type);
    if (has_limit && descriptor.size > oci::image::kMaxManifestBytes) {
      return oci::InvalidInputError(
          absl::StrCat(oci::image::IsIndex(descriptor.media_type) ? "the index" : "a manifest", " has ",
                       descriptor.size, " bytes, at most ", oci::image::kMaxManifestBytes,
                       " are allowed: there are too many or too large annotations, layers or attestations"));
    }
    return staging_.Push(context_, {.descriptor = document.descriptor,
                                    .source = std::make_unique<oci::io::StringSource>(document.bytes)});
  }

  const oci::Context context_;
  const Exporter::Deps& deps_;
  const plan::Plan& plan_;
  const request::ExportOptions& options_;
  oci::content::Fetcher& content_;
  oci::content::Store& staging_;
};

// Puts the layers in the form that the options ask for into the plan.
absl::Status MakeAllLayers(const oci::Context& context, layers::LayerMaker& maker, plan::Plan& plan) {
  for (plan::ImagePlan& image : plan.images) {
    absl::StatusOr<std::vector<request::Layer>> layers = maker.Make(context, image);
    if (!layers.ok()) {
      return plan.index ? oci::Annotate(layers.status(), absl::StrCat("platform ", image.platform.id))
                        : layers.status();
    }
    image.layers = *std::move(layers);
  }
  return absl::OkStatus();
}

absl::Status MakeLayers(const oci::Context& context, layers::LayerMaker& maker, plan::Plan& plan) {
  oci::StageTimer timer(context, oci::Stage::kLayers);
  return timer.Close(MakeAllLayers(timer.context(), maker, plan));
}

absl::StatusOr<Built> Assemble(const oci::Context& context, const Exporter::Deps& deps, const plan::Plan& plan,
                               const request::ExportOptions& options, oci::content::Fetcher& source,
                               oci::content::Store& staging) {
  oci::StageTimer timer(context, oci::Stage::kAssemble);
  context.Report({.item = kAssembling});
  absl::StatusOr<Built> built = timer.Close(Builder(timer.context(), deps, plan, options, source, staging).Build());
  if (built.ok()) context.Report({.item = kAssembling, .state = oci::ProgressEvent::State::kDone});
  return built;
}

}  // namespace

absl::StatusOr<Report> Exporter::Export(const oci::Context& context, const request::BuildResult& result,
                                        const request::ExportOptions& options, oci::content::Fetcher& source,
                                        oci::content::Store& staging, Output& output,
                                        const layers::LayerStore* layers) const {
  ABSL_ASSIGN_OR_RETURN(plan::Plan plan, plan::MakePlan(result, options, deps_.host));
  return Export(context, std::move(plan), options, source, staging, output, layers);
}

absl::StatusOr<Report> Exporter::Export(const oci::Context& context, plan::Plan plan,
                                        const request::ExportOptions& options, oci::content::Fetcher& source,
                                        oci::content::Store& staging, Output& output,
                                        const layers::LayerStore* layers) const {
  for (const std::string& warning : plan.warnings) {
    context.Report({.state = oci::ProgressEvent::State::kWarning, .detail = warning});
  }
  layers::LayersMadeHere made;
  const layers::LayerStore store = layers != nullptr ? *layers : layers::LayerStore{.blobs = staging, .made = made};
  layers::LayerMaker maker(options, *encoders_, source, store);
  ABSL_RETURN_IF_ERROR(MakeLayers(context, maker, plan));
  oci::content::UnionFetcher content({&staging, &store.blobs, &source});
  ABSL_ASSIGN_OR_RETURN(const Built built, Assemble(context, deps_, plan, options, content, staging));
  Image image{.root = answers::RootDescriptor(plan, options.type, built.root, deps_.now()),
              .referrers = built.referrers,
              .names = {},
              .content = content,
              .config = built.config};
  ABSL_ASSIGN_OR_RETURN(image.names, request::WithDanglingName(plan.names, options, built.root.digest));
  return Deliver(context, image, options, output);
}

}  // namespace waybill::exporter
