// SPDX-License-Identifier: Apache-2.0
#include "exporter/request/attributes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "exporter/request/option_words.h"
#include "exporter/request/values/choices.h"
#include "exporter/request/values/go_values.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::request {
namespace {

using oci::InvalidInputError;
using values::FindChoice;
using values::GoQuote;
using values::ParseGoBool;
using values::ParseGoInt;

// ---- One parser per kind of value. -----------------------------------------------------------------------------

template <auto member>
absl::Status StrictBool(ExportOptions& options, absl::string_view key, absl::string_view value) {
  const absl::StatusOr<bool> parsed = ParseGoBool(value);
  if (!parsed.ok()) return oci::Annotate(parsed.status(), absl::StrCat("non-bool value specified for ", key));
  options.*member = *parsed;
  return absl::OkStatus();
}

template <auto member>
absl::Status LaxBool(ExportOptions& options, absl::string_view key, absl::string_view value) {
  return StrictBool<member>(options, key, value.empty() ? "true" : value);
}

// Says something to an image store. There is none, so that it does as little as on a BuildKit worker without one.
absl::Status ForImageStores(ExportOptions&, absl::string_view key, absl::string_view value) {
  const absl::StatusOr<bool> parsed = ParseGoBool(value.empty() ? "true" : value);
  return oci::Annotate(parsed.status(), absl::StrCat("non-bool value specified for ", key));
}

template <auto member>
absl::Status Text(ExportOptions& options, absl::string_view, absl::string_view value) {
  options.*member = std::string(value);
  return absl::OkStatus();
}

template <auto member, auto& choices>
absl::Status OneOf(ExportOptions& options, absl::string_view key, absl::string_view value) {
  ABSL_ASSIGN_OR_RETURN(options.*member, values::ParseChoice(choices, key, value));
  return absl::OkStatus();
}

absl::Status ParseEpochAttribute(ExportOptions& options, absl::string_view key, absl::string_view value) {
  absl::StatusOr<Epoch> epoch = ParseEpoch(value);
  if (!epoch.ok()) return oci::Annotate(epoch.status(), absl::StrCat("invalid ", key, ": ", epoch.status().message()));
  options.epoch = *std::move(epoch);
  return absl::OkStatus();
}

absl::Status ParseCompression(ExportOptions& options, absl::string_view, absl::string_view value) {
  options.compression = FindChoice(kCompressions, value);
  if (options.compression.has_value()) return absl::OkStatus();
  return InvalidInputError(absl::StrCat("unsupported compression type ", value));
}

absl::Status ParseForceCompression(ExportOptions& options, absl::string_view key, absl::string_view value) {
  const absl::StatusOr<bool> parsed = ParseGoBool(value.empty() ? "true" : value);
  if (!parsed.ok()) {
    return oci::Annotate(parsed.status(), absl::StrCat("non-bool value ", value, " specified for ", key));
  }
  options.force_compression = *parsed;
  return absl::OkStatus();
}

absl::Status ParseCompressionLevel(ExportOptions& options, absl::string_view key, absl::string_view value) {
  const absl::StatusOr<int64_t> level = ParseGoInt(value);
  if (!level.ok()) {
    return oci::Annotate(level.status(), absl::StrCat("non-integer value ", value, " specified for ", key));
  }
  options.compression_level = *level;
  return absl::OkStatus();
}

absl::Status ParsePlatformSplit(ExportOptions& options, absl::string_view key, absl::string_view value) {
  const absl::StatusOr<bool> parsed = ParseGoBool(value);
  if (!parsed.ok()) return oci::Annotate(parsed.status(), absl::StrCat("non-bool value for ", key, ": ", value));
  options.platform_split = *parsed;
  return absl::OkStatus();
}

absl::Status ParseMode(ExportOptions& options, absl::string_view, absl::string_view value) {
  const std::string word = absl::AsciiStrToLower(absl::StripAsciiWhitespace(value));
  const std::optional<LocalMode> mode = FindChoice(kModes, word);
  if (!mode.has_value()) return InvalidInputError(absl::StrCat("invalid local exporter mode ", GoQuote(value)));
  options.mode = *mode;
  return absl::OkStatus();
}

absl::Status ParseSourcePath(ExportOptions& options, absl::string_view key, absl::string_view value) {
  if (value.empty()) {
    return InvalidInputError(absl::StrCat("empty value for ", key, "; omit it to export the entire filesystem"));
  }
  options.source_path = std::string(value);
  return absl::OkStatus();
}

absl::Status ParseContentLimit(ExportOptions& options, absl::string_view key, absl::string_view value) {
  const absl::StatusOr<int64_t> limit = ParseGoInt(value);
  if (!limit.ok() || *limit <= 0) {
    return InvalidInputError(absl::StrCat("invalid ", key, " ", GoQuote(value), ": a number of bytes is expected"));
  }
  options.attestation_content_limit = *limit;
  return absl::OkStatus();
}

template <auto parse>
absl::Status ForPublishing(ExportOptions& options, absl::string_view, absl::string_view value) {
  return parse(value, options.publishing);
}

template <auto member>
absl::Status ParseSubjects(ExportOptions& options, absl::string_view key, absl::string_view value) {
  const absl::StatusOr<attest::publish::Subjects> subjects = attest::publish::ParseSubjects(value);
  if (!subjects.ok()) return oci::Annotate(subjects.status(), absl::StrCat("invalid ", key));
  options.publishing.wanted.*member = *subjects;
  return absl::OkStatus();
}

absl::Status ParseSign(ExportOptions& options, absl::string_view key, absl::string_view value) {
  if (value.empty()) return InvalidInputError(absl::StrCat("empty value for ", key, ": a key is expected"));
  // Nobody beyond the parser sees it: errors and logs name keys.
  if (absl::StrContains(value, "pin-value=")) {
    return InvalidInputError(absl::StrCat(key, ": a PIN stands in no option, because logs may have it"));
  }
  options.publishing.key = std::string(value);
  return absl::OkStatus();
}

absl::Status ParseSignImage(ExportOptions& options, absl::string_view key, absl::string_view value) {
  const absl::StatusOr<bool> parsed = ParseGoBool(value.empty() ? "true" : value);
  if (!parsed.ok()) return oci::Annotate(parsed.status(), absl::StrCat("non-bool value specified for ", key));
  options.publishing.wanted.signatures = *parsed;
  return absl::OkStatus();
}

// ---- The attributes. -------------------------------------------------------------------------------------------

constexpr unsigned Bit(ExporterType type) { return 1U << static_cast<unsigned>(type); }
constexpr unsigned kImage = Bit(ExporterType::kImage);
constexpr unsigned kArchives = Bit(ExporterType::kOci) | Bit(ExporterType::kDocker);
constexpr unsigned kImages = kImage | kArchives;
constexpr unsigned kFiles = Bit(ExporterType::kLocal) | Bit(ExporterType::kTar);
constexpr unsigned kAll = kImages | kFiles;

using O = ExportOptions;
using W = attest::publish::Wanted;
constexpr Attribute kAttributes[] = {
    {"source-date-epoch", kAll, ParseEpochAttribute},
    {"compression", kImages, ParseCompression},
    {"force-compression", kImages, ParseForceCompression},
    {"compression-level", kImages, ParseCompressionLevel},
    {"name", kImages, Text<&O::name>},
    {"oci-mediatypes", kImages, StrictBool<&O::oci_mediatypes>},
    {"oci-artifact", kImages, StrictBool<&O::oci_artifact>},
    {"attestation-inline", kImages, StrictBool<&O::attestation_inline>},
    {"prefer-nondist-layers", kImages, StrictBool<&O::prefer_nondist_layers>},
    {kLastOfImage, kImages, StrictBool<&O::rewrite_timestamp>},
    {"tar", kArchives, LaxBool<&O::tar>},
    {"push", kImage, LaxBool<&O::push>},
    {"push-by-digest", kImage, LaxBool<&O::push_by_digest>},
    {"registry.insecure", kImage, LaxBool<&O::registry_insecure>},
    {"unpack", kImage, LaxBool<&O::unpack>},
    {"store", kImage, ForImageStores},
    {"dangling-name-prefix", kImage, Text<&O::dangling_name_prefix>},
    {"danging-name-empty-only", kImage, LaxBool<&O::dangling_name_empty_only>},
    {"name-canonical", kImage, ForImageStores},
    {"unsafe-internal-store-allow-incomplete", kImage, ForImageStores},
    {"attestation-prefix", kFiles, Text<&O::attestation_prefix>},
    {"platform-split", kFiles, ParsePlatformSplit},
    {"mode", kFiles, ParseMode},
    {"src", kFiles, ParseSourcePath},
    {"referrers-fallback", kImage, OneOf<&O::referrers_fallback, kFallbacks>, true, true},
    {"attestation-placement", kImage, OneOf<&O::attestation_placement, kPlacements>, true, true},
    {"attestation-refused", kImage, OneOf<&O::attestation_refused, kRefusals>, true, true},
    {"verify", kImage, LaxBool<&O::verify>, true, true},
    {"attestation-content-limit", kAll, ParseContentLimit, true},
    {"rewrite-timestamp-strict", kImages, StrictBool<&O::rewrite_timestamp_strict>, true},
    {kGzipEngineKey, kImages, OneOf<&O::gzip_engine, kGzipEngines>, true},
    {"compressor", kImages, OneOf<&O::compressor, kCompressors>, true},
    {"attestation-profiles", kImages, ForPublishing<values::ParseProfiles>, true, true},
    {"bundle-subject", kImages, ParseSubjects<&W::bundle_subjects>, true, true},
    {"raw-subject", kImages, ParseSubjects<&W::raw_subjects>, true, true},
    {"sign", kImages, ParseSign, true, true},
    {"sign-image", kImages, ParseSignImage, true, true},
    {"require", kImages, ForPublishing<values::ParseRequired>, true, true},
    {"attestations", kImage, OneOf<&O::attestations, kAttestations>, true, true},
    {"secret-guard", kImages, OneOf<&O::secret_guard, kSecretGuards>, true, true},
};

}  // namespace

absl::Span<const Attribute> AllAttributes() { return kAttributes; }

const Attribute* FindAttribute(absl::string_view key, ExporterType type) {
  for (const Attribute& attribute : kAttributes) {
    if (attribute.key == key && (attribute.ours || attribute.IsFor(type))) return &attribute;
  }
  return nullptr;
}

}  // namespace waybill::exporter::request
