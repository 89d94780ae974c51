// SPDX-License-Identifier: Apache-2.0
#include "exporter/plan/plan.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "exporter/plan/refs.h"
#include "exporter/plan/unread.h"
#include "exporter/request/epoch.h"
#include "exporter/request/metadata.h"
#include "exporter/request/names.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::plan {
namespace {

using oci::InvalidInputError;

// The result with the defaults and overrides of one export applied.
struct Input {
  const request::BuildResult& result;
  request::ExportOptions options;
  request::Metadata metadata;
  std::vector<ResultPlatform> platforms;
  request::AnnotationGroups annotations;
  request::Epoch epoch;
};

absl::Status CheckSupported(const request::ExportOptions& options) {
  if (options.unpack) {
    return oci::UnsupportedError("exporter option \"unpack=true\" needs an image store, and there is none");
  }
  if (options.compressor == request::Compressor::kDaemon) {
    return oci::UnsupportedError(
        "exporter option \"compressor=daemon\" needs a build daemon, which only the bridge has");
  }
  return absl::OkStatus();
}

// The defaults that depend on the generation and, in old ones, on the result.
absl::Status ApplyDefaults(const request::BuildResult& result, request::ExportOptions& options) {
  const bool old = options.compatibility_version < 30;
  const bool oci_always = !old || options.type == request::ExporterType::kOci;
  options.oci_mediatypes = options.oci_mediatypes.value_or(oci_always || !result.attestations.empty());
  options.oci_artifact = options.oci_artifact.value_or(!old && *options.oci_mediatypes);
  ABSL_RETURN_IF_ERROR(request::CheckConflicts(options));
  if (options.compatibility_version == 10 && options.compression == request::Compression::kZstd) {
    return InvalidInputError(absl::StrCat("unsupported compatibility-version 10 feature ",
                                          request::TypeName(options.type), " exporter compression=zstd"));
  }
  return absl::OkStatus();
}

// Attestations turn a single image into an index. Those for inline use only do not count by themselves, but come
// along when others do.
bool NeedsIndex(const Input& input) {
  if (input.result.is_map) return true;
  const bool inline_too =
      input.options.attestation_inline.value_or(input.options.type == request::ExporterType::kImage);
  return std::any_of(input.platforms.begin(), input.platforms.end(), [&](const ResultPlatform& platform) {
    const auto found = input.result.attestations.find(platform.id);
    return found != input.result.attestations.end() &&
           std::any_of(found->second.begin(), found->second.end(), [&](const request::Attestation& attestation) {
             return inline_too || !IsInlineOnly(attestation);
           });
  });
}

// BuildKit finds platforms by their ids. It takes no annotation of a platform with an OS version, so that no id says
// how such a platform is named.
bool HasOsVersion(const Input& input, const std::string& name) {
  return absl::StrContains(name, '(') &&
         std::any_of(input.platforms.begin(), input.platforms.end(),
                     [&name](const ResultPlatform& platform) { return oci::FormatFull(platform.platform) == name; });
}

absl::Status CheckAnnotations(const Input& input) {
  for (const auto& [platform, group] : input.annotations) {
    if (!platform.empty() && FindRef(input.result, platform) == nullptr && !HasOsVersion(input, platform)) {
      return InvalidInputError(absl::StrCat("invalid annotation: no platform ", platform, " found in source"));
    }
    const bool oci_only = !group.index.empty() || !group.index_descriptor.empty() || !group.manifest_descriptor.empty();
    if (oci_only && !*input.options.oci_mediatypes) {
      return InvalidInputError("cannot export annotations with \"oci-mediatypes=false\"");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckForm(const Input& input, bool index) {
  if (index && !*input.options.oci_mediatypes && !input.result.attestations.empty()) {
    return InvalidInputError("cannot export attestations with \"oci-mediatypes=false\"");
  }
  if (index) return absl::OkStatus();
  if (input.platforms.size() > 1) {
    return InvalidInputError("cannot export multiple platforms without multi-platform enabled");
  }
  for (const auto& [platform, group] : input.annotations) {
    if (!group.index.empty() || !group.index_descriptor.empty()) {
      return InvalidInputError("index annotations not supported for single platform export");
    }
  }
  return absl::OkStatus();
}

// The annotations that every platform gets, then those of one platform. A bare manifest takes only the first.
oci::Annotations Pick(const Input& input, const ResultPlatform& platform, bool index,
                      oci::Annotations request::AnnotationGroup::*target) {
  oci::Annotations picked;
  if (const auto all = input.annotations.find(""); all != input.annotations.end()) picked = all->second.*target;
  const auto own = input.annotations.find(oci::FormatFull(platform.platform));
  if (!index || own == input.annotations.end()) return picked;
  for (const auto& [key, value] : own->second.*target) picked[key] = value;
  return picked;
}

absl::StatusOr<ImagePlan> PlanImage(const Input& input, const ResultPlatform& platform, const oci::Platform& host,
                                    bool index) {
  const request::Ref* ref = FindRef(input.result, platform.id);
  if (ref == nullptr) return InvalidInputError(absl::StrCat("failed to find ref for ID ", platform.id));
  ImagePlan image{.platform = platform, .layers = ref->layers, .inline_cache = ref->inline_cache};
  const std::string* config = request::FindMetadata(input.metadata, request::kConfigKey, platform.id);
  image.config = config == nullptr || config->empty() ? DefaultImageConfig(host) : *config;
  absl::StatusOr<std::vector<HistoryEntry>> history = HistoryOf(image.config);
  if (!history.ok())
    return oci::Annotate(history.status(), request::FoundKey(input.metadata, request::kConfigKey, platform.id));
  image.history = *std::move(history);
  if (const std::string* base = request::FindMetadata(input.metadata, request::kBaseConfigKey, platform.id);
      base != nullptr) {
    absl::StatusOr<BaseConfig> parsed = ParseBaseConfig(*base);
    if (!parsed.ok())
      return oci::Annotate(parsed.status(), request::FoundKey(input.metadata, request::kBaseConfigKey, platform.id));
    image.base = *std::move(parsed);
  }
  ABSL_ASSIGN_OR_RETURN(const request::Epoch epoch, request::ResolveEpoch(input.epoch, input.metadata, platform.id));
  image.epoch = epoch.time();
  image.manifest_annotations = Pick(input, platform, index, &request::AnnotationGroup::manifest);
  image.descriptor_annotations = Pick(input, platform, index, &request::AnnotationGroup::manifest_descriptor);
  const auto attestations = input.result.attestations.find(platform.id);
  if (index && attestations != input.result.attestations.end()) image.attestations = attestations->second;
  return image;
}

void Warn(Plan& plan, bool when, absl::string_view text) {
  if (when) plan.warnings.emplace_back(text);
}

absl::Status PlanImages(const Input& input, const oci::Platform& host, Plan& plan) {
  for (const ResultPlatform& platform : input.platforms) {
    ABSL_ASSIGN_OR_RETURN(ImagePlan image, PlanImage(input, platform, host, plan.index));
    Warn(plan, input.options.rewrite_timestamp && !image.epoch.has_value(),
         "rewrite-timestamp is specified, but no source-date-epoch was found");
    Warn(plan, HasUnaccountedLayers(image.history, image.layers.size()),
         "invalid image config: its history has more layers than the image");
    for (const request::Layer& layer : image.layers) {
      Warn(plan, !IsKnownLayerType(layer.blob.media_type),
           absl::StrCat("unknown layer media type ", layer.blob.media_type));
    }
    plan.images.push_back(std::move(image));
  }
  return absl::OkStatus();
}

void WarnOfUnread(const Input& input, Plan& plan) {
  for (std::string& warning : UnusedAttestations(input.result, input.platforms)) {
    plan.warnings.push_back(std::move(warning));
  }
  for (std::string& warning : WarningsOfUnreadKeys(input.options, input.result.metadata)) {
    plan.warnings.push_back(std::move(warning));
  }
  for (std::string& warning : WarningsOfUnreadAnnotations(input.annotations, input.platforms, plan.index)) {
    plan.warnings.push_back(std::move(warning));
  }
}

absl::Status PlanNames(const Input& input, Plan& plan) {
  const bool attested = std::any_of(plan.images.begin(), plan.images.end(),
                                    [](const ImagePlan& image) { return image.attestations.has_value(); });
  if (attested) {
    ABSL_ASSIGN_OR_RETURN(plan.subject_names, request::SubjectNames(input.options));
  }
  ABSL_ASSIGN_OR_RETURN(plan.names, request::DestinationNames(input.options, input.metadata));
  return absl::OkStatus();
}

absl::Status Resolve(Input& input, const oci::Platform& host) {
  input.metadata = input.options.metadata;
  input.metadata.insert(input.result.metadata.begin(), input.result.metadata.end());
  ABSL_RETURN_IF_ERROR(CheckShape(input.result, input.metadata));
  if (input.result.is_map && input.options.type == request::ExporterType::kDocker) {
    return InvalidInputError("docker exporter does not currently support exporting manifest lists");
  }
  ABSL_RETURN_IF_ERROR(ApplyDefaults(input.result, input.options));
  ABSL_ASSIGN_OR_RETURN(input.platforms, ParsePlatforms(input.metadata, host));
  ABSL_ASSIGN_OR_RETURN(input.epoch, request::ResolveEpoch(input.options, input.metadata));
  ABSL_ASSIGN_OR_RETURN(const request::AnnotationGroups built, request::ParseAnnotations(input.metadata, nullptr));
  input.annotations = input.options.annotations;
  request::MergeAnnotations(input.annotations, built);
  request::MergeAnnotations(input.annotations, input.result.annotations);
  return CheckAnnotations(input);
}

}  // namespace

absl::StatusOr<Plan> MakePlan(const request::BuildResult& result, const request::ExportOptions& options,
                              const oci::Platform& host) {
  ABSL_RETURN_IF_ERROR(CheckSupported(options));
  Input input{.result = result, .options = options};
  ABSL_RETURN_IF_ERROR(Resolve(input, host));
  Plan plan{
      .index = NeedsIndex(input),
      .rules = {.oci_types = *input.options.oci_mediatypes, .prefer_nondistributable = options.prefer_nondist_layers},
      .artifact = *input.options.oci_artifact,
      .epoch = input.epoch.time()};
  ABSL_RETURN_IF_ERROR(CheckForm(input, plan.index));
  ABSL_RETURN_IF_ERROR(PlanImages(input, host, plan));
  WarnOfUnread(input, plan);
  ABSL_RETURN_IF_ERROR(PlanNames(input, plan));
  if (!plan.index) {
    plan.root_annotations = plan.images.front().descriptor_annotations;
    return plan;
  }
  ABSL_ASSIGN_OR_RETURN(plan.index_annotations,
                        request::FlattenAnnotations(input.annotations, &request::AnnotationGroup::index));
  ABSL_ASSIGN_OR_RETURN(plan.root_annotations,
                        request::FlattenAnnotations(input.annotations, &request::AnnotationGroup::index_descriptor));
  return plan;
}

}  // namespace waybill::exporter::plan
