// SPDX-License-Identifier: Apache-2.0
#include "exporter/request/options.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "exporter/request/attributes.h"
#include "exporter/request/metadata.h"
#include "exporter/request/option_words.h"
#include "exporter/request/values/choices.h"
#include "exporter/request/values/go_values.h"
#include "exporter/request/values/publishing.h"
#include "exporter/request/values/push_names.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::request {
namespace {

using oci::InvalidInputError;
using values::FindChoice;
using values::WordOf;

constexpr int kCompatibilityVersions[] = {10, 20, kCurrentCompatibility};

absl::Status CheckCosignTags(const ExportOptions& options) {
  if (!options.publishing.wanted.cosign_tags || options.push) return absl::OkStatus();
  return InvalidInputError(
      "exporter option \"attestation-profiles=cosign-tag\" needs a push: cosign reads its tags in registries only");
}

absl::Status SetCompatibility(ExportOptions& options, int version) {
  options.compatibility_version = version == 0 ? kCurrentCompatibility : version;
  for (int supported : kCompatibilityVersions) {
    if (supported == options.compatibility_version) return absl::OkStatus();
  }
  const std::string what = absl::StrCat("unsupported compatibility-version ", version);
  if (version > kCurrentCompatibility) {
    return InvalidInputError(absl::StrCat(what, ": upgrade buildkit (max supported: ", kCurrentCompatibility, ")"));
  }
  return InvalidInputError(absl::StrCat(what, " (supported: [", absl::StrJoin(kCompatibilityVersions, " "), "])"));
}

// Only plain gzip can be made in more than one way; the members of eStargz are too short for the fast one.
absl::Status CheckGzipEngine(const Attributes& attributes, const ExportOptions& options) {
  const auto given = attributes.find(std::string(kGzipEngineKey));
  const Compression compression = options.compression.value_or(Compression::kGzip);
  if (given == attributes.end() || compression == Compression::kGzip) return absl::OkStatus();
  if (compression == Compression::kEstargz && options.gzip_engine == GzipEngine::kExact) return absl::OkStatus();
  return InvalidInputError(absl::StrCat("exporter option \"", kGzipEngineKey, "=", given->second,
                                        "\" conflicts with \"compression=", CompressionName(compression), "\""));
}

// The registry options say what a push does; without one nobody would read them.
absl::Status CheckOurs(const Attributes& attributes, const ExportOptions& options) {
  for (const Attribute& attribute : AllAttributes()) {
    if (!attribute.ours || attributes.count(std::string(attribute.key)) == 0) continue;
    if (!attribute.IsFor(options.type)) {
      return InvalidInputError(
          absl::StrCat("exporter option \"", attribute.key, "\" has no meaning for type ", TypeName(options.type)));
    }
    if (attribute.leaves && options.type == ExporterType::kImage && !options.push) {
      return InvalidInputError(absl::StrCat("exporter option \"", attribute.key, "\" needs push=true"));
    }
  }
  return absl::OkStatus();
}

// An image is looked for under a tag, in whose index its attestations are; and a name with a digest would have that of
// the index with the new ones.
absl::Status CheckReuse(const ExportOptions& options) {
  if (options.attestations != Attestations::kReuse) return absl::OkStatus();
  absl::string_view other;
  if (options.push_by_digest) other = "push-by-digest=true";
  if (!options.dangling_name_prefix.empty()) other = "dangling-name-prefix";
  if (options.attestation_placement == AttestationPlacement::kReferrer) other = "attestation-placement=referrer";
  if (other.empty()) return absl::OkStatus();
  return InvalidInputError(absl::StrCat("exporter option \"attestations=reuse\" conflicts with \"", other, "\""));
}

void KeepUnknown(const Attributes& rest, bool image, ExportOptions& options) {
  for (const auto& [key, value] : rest) {
    absl::string_view name = key;
    if (image && absl::ConsumePrefix(&name, "metadata.") && !name.empty()) {
      options.metadata[std::string(name)] = value;
      continue;
    }
    if (FindAttribute(key, options.type) != nullptr) continue;
    if (image) options.metadata.emplace(key, value);
    if (!image || !IsMetadataKey(key)) options.unknown.push_back(key);
  }
}

}  // namespace

absl::string_view TypeName(ExporterType type) { return WordOf(kTypes, type); }

bool WritesFiles(ExporterType type) { return type == ExporterType::kLocal || type == ExporterType::kTar; }

absl::string_view CompressionName(Compression compression) { return WordOf(kCompressions, compression); }

std::vector<absl::string_view> AttributeKeys(ExporterType type) {
  std::vector<absl::string_view> keys;
  for (const Attribute& attribute : AllAttributes()) {
    if (attribute.IsFor(type)) keys.push_back(attribute.key);
  }
  return keys;
}

bool IsOwnAttribute(absl::string_view key) {
  return absl::c_any_of(AllAttributes(),
                        [key](const Attribute& attribute) { return attribute.ours && attribute.key == key; });
}

Epoch Epoch::None() {
  Epoch epoch;
  epoch.set_ = true;
  return epoch;
}

Epoch Epoch::At(absl::Time time) {
  Epoch epoch = None();
  epoch.time_ = time;
  return epoch;
}

absl::StatusOr<Epoch> ParseEpoch(absl::string_view seconds) {
  if (seconds.empty()) return Epoch::None();
  ABSL_ASSIGN_OR_RETURN(const int64_t value, values::ParseGoInt(seconds));
  return Epoch::At(absl::FromUnixSeconds(value));
}

absl::StatusOr<ExportOptions> ExportOptions::FromRequest(const ExportRequest& request) {
  ExportOptions options;
  const std::optional<ExporterType> type = FindChoice(kTypes, request.type);
  if (!type.has_value()) {
    return InvalidInputError(absl::StrCat("exporter ", values::GoQuote(request.type), " could not be found"));
  }
  options.type = *type;
  const bool image = !WritesFiles(options.type);
  ABSL_RETURN_IF_ERROR(SetCompatibility(options, request.compatibility_version));
  Attributes rest = request.attributes;
  if (image) {
    rest.clear();
    ABSL_ASSIGN_OR_RETURN(options.annotations, ParseAnnotations(request.attributes, &rest));
  }
  for (const Attribute& attribute : AllAttributes()) {
    const auto found = rest.find(std::string(attribute.key));
    if (found != rest.end() && attribute.IsFor(options.type)) {
      ABSL_RETURN_IF_ERROR(attribute.parse(options, attribute.key, found->second));
    }
    if (attribute.key == kLastOfImage) ABSL_RETURN_IF_ERROR(CheckConflicts(options));
  }
  ABSL_RETURN_IF_ERROR(CheckOurs(rest, options));
  ABSL_RETURN_IF_ERROR(CheckGzipEngine(rest, options));
  ABSL_RETURN_IF_ERROR(values::FinishPublishing(options.publishing));
  ABSL_RETURN_IF_ERROR(CheckReuse(options));
  KeepUnknown(rest, image, options);
  ABSL_RETURN_IF_ERROR(CheckCosignTags(options));
  // The names that "*" stands for are known only with the build result.
  if (options.push && options.name != "*") {
    ABSL_RETURN_IF_ERROR(values::CheckPushNames(options.name, options.push_by_digest));
  }
  return options;
}

absl::Status CheckConflicts(const ExportOptions& options) {
  if (options.oci_mediatypes.value_or(true)) return absl::OkStatus();
  constexpr absl::string_view kConflict = "\" conflicts with \"oci-mediatypes=false\"";
  if (options.compression == Compression::kEstargz) {
    return InvalidInputError(absl::StrCat("exporter option \"compression=estargz", kConflict));
  }
  if (options.oci_artifact.value_or(false)) {
    return InvalidInputError(absl::StrCat("exporter option \"oci-artifact=true", kConflict));
  }
  return absl::OkStatus();
}

}  // namespace waybill::exporter::request
