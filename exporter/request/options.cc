// SPDX-License-Identifier: Apache-2.0
#include "exporter/request/options.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "exporter/request/metadata.h"
#include "exporter/request/push_names.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::request {
namespace {

using oci::InvalidInputError;

template <typename Enum>
struct Word {
  absl::string_view text;
  Enum value;
};

constexpr Word<ExporterType> kTypes[] = {{"image", ExporterType::kImage},
                                         {"oci", ExporterType::kOci},
                                         {"docker", ExporterType::kDocker},
                                         {"local", ExporterType::kLocal},
                                         {"tar", ExporterType::kTar}};
constexpr Word<Compression> kCompressions[] = {{"uncompressed", Compression::kUncompressed},
                                               {"gzip", Compression::kGzip},
                                               {"estargz", Compression::kEstargz},
                                               {"zstd", Compression::kZstd}};
constexpr Word<LocalMode> kModes[] = {
    {"", LocalMode::kCopy}, {"copy", LocalMode::kCopy}, {"delete", LocalMode::kDelete}};
constexpr Word<ReferrersFallback> kFallbacks[] = {{"auto", ReferrersFallback::kAuto},
                                                  {"always", ReferrersFallback::kAlways},
                                                  {"never", ReferrersFallback::kNever},
                                                  {"require-api", ReferrersFallback::kRequireApi}};
constexpr Word<AttestationPlacement> kPlacements[] = {{"both", AttestationPlacement::kBoth},
                                                      {"index", AttestationPlacement::kIndex},
                                                      {"referrer", AttestationPlacement::kReferrer}};
constexpr Word<AttestationRefused> kRefusals[] = {
    {"fail", AttestationRefused::kFail}, {"legacy", AttestationRefused::kLegacy}, {"skip", AttestationRefused::kSkip}};
constexpr Word<Attestations> kAttestations[] = {{"new", Attestations::kNew}, {"reuse", Attestations::kReuse}};
constexpr Word<SecretGuard> kSecretGuards[] = {
    {"warn", SecretGuard::kWarn}, {"fail", SecretGuard::kFail}, {"off", SecretGuard::kOff}};
constexpr Word<GzipEngine> kGzipEngines[] = {{"exact", GzipEngine::kExact}, {"fast", GzipEngine::kFast}};
constexpr Word<Compressor> kCompressors[] = {{"daemon", Compressor::kDaemon}, {"waybill", Compressor::kWaybill}};
constexpr int kCompatibilityVersions[] = {10, 20, kCurrentCompatibility};

template <typename Enum, size_t n>
std::optional<Enum> Find(const Word<Enum> (&words)[n], absl::string_view text) {
  for (const Word<Enum>& word : words) {
    if (word.text == text) return word.value;
  }
  return std::nullopt;
}

template <typename Enum, size_t n>
absl::string_view NameIn(const Word<Enum> (&words)[n], Enum value) {
  for (const Word<Enum>& word : words) {
    if (word.value == value) return word.text;
  }
  return "";
}

// strconv.Quote for what attributes can hold.
std::string GoQuote(absl::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string quoted = "\"";
  for (const unsigned char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c >= ' ' && c != 0x7f) {
      quoted += static_cast<char>(c);
    } else if (c == '\t' || c == '\n' || c == '\r') {
      absl::StrAppend(&quoted, c == '\t' ? "\\t" : c == '\n' ? "\\n" : "\\r");
    } else {
      absl::StrAppend(&quoted, "\\x", absl::string_view(&kHex[c >> 4], 1), absl::string_view(&kHex[c & 15], 1));
    }
  }
  return quoted + "\"";
}

absl::StatusOr<bool> ParseGoBool(absl::string_view text) {
  for (absl::string_view word : {"1", "t", "T", "TRUE", "true", "True"}) {
    if (text == word) return true;
  }
  for (absl::string_view word : {"0", "f", "F", "FALSE", "false", "False"}) {
    if (text == word) return false;
  }
  return InvalidInputError(absl::StrCat("strconv.ParseBool: parsing ", GoQuote(text), ": invalid syntax"));
}

absl::StatusOr<int64_t> ParseGoInt(absl::string_view text) {
  absl::string_view digits = text;
  if (!digits.empty() && (digits[0] == '+' || digits[0] == '-')) digits.remove_prefix(1);
  bool valid = !digits.empty();
  for (char c : digits) valid = valid && absl::ascii_isdigit(c);
  int64_t value = 0;
  if (valid && absl::SimpleAtoi(text, &value)) return value;
  return InvalidInputError(
      absl::StrCat("strconv.ParseInt: parsing ", GoQuote(text), valid ? ": value out of range" : ": invalid syntax"));
}

// ---- One parser per kind of value. `key` and `value` are the attribute's. -------------------------------------

using Parser = absl::Status (*)(ExportOptions& options, absl::string_view key, absl::string_view value);

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

template <auto member, auto& words>
absl::Status OneOf(ExportOptions& options, absl::string_view key, absl::string_view value) {
  const auto found = Find(words, value);
  if (!found.has_value()) {
    return InvalidInputError(absl::StrCat(
        "invalid ", key, " ", GoQuote(value), ": one of ",
        absl::StrJoin(words, ", ", [](std::string* out, const auto& word) { absl::StrAppend(out, word.text); }),
        " is expected"));
  }
  options.*member = *found;
  return absl::OkStatus();
}

absl::Status ParseEpochAttribute(ExportOptions& options, absl::string_view key, absl::string_view value) {
  absl::StatusOr<Epoch> epoch = ParseEpoch(value);
  if (!epoch.ok()) return oci::Annotate(epoch.status(), absl::StrCat("invalid ", key, ": ", epoch.status().message()));
  options.epoch = *std::move(epoch);
  return absl::OkStatus();
}

absl::Status ParseCompression(ExportOptions& options, absl::string_view, absl::string_view value) {
  options.compression = Find(kCompressions, value);
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
  const std::optional<LocalMode> mode = Find(kModes, word);
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

constexpr absl::string_view kGzipEngineKey = "gzip-engine";
// BuildKit looks for conflicts when it has read what makes the image, and before it reads where that goes.
constexpr absl::string_view kLastOfImage = "rewrite-timestamp";

struct Attribute {
  absl::string_view key;
  unsigned types;
  Parser parse;
  bool ours = false;    // waybill's own: refused where `types` does not have it
  bool leaves = false;  // says something to what leaves the exporter: type image needs a push
};

// In the order in which BuildKit looks at them, as far as it has one.
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
    {"attestation-profiles", kImages, ForPublishing<ParseProfiles>, true, true},
    {"bundle-subject", kImages, ParseSubjects<&W::bundle_subjects>, true, true},
    {"raw-subject", kImages, ParseSubjects<&W::raw_subjects>, true, true},
    {"sign", kImages, ParseSign, true, true},
    {"sign-image", kImages, ParseSignImage, true, true},
    {"require", kImages, ForPublishing<ParseRequired>, true, true},
    {"attestations", kImage, OneOf<&O::attestations, kAttestations>, true, true},
    {"secret-guard", kImages, OneOf<&O::secret_guard, kSecretGuards>, true, true},
};

absl::Status CheckCosignTags(const ExportOptions& options) {
  if (!options.publishing.wanted.cosign_tags || options.push) return absl::OkStatus();
  return InvalidInputError(
      "exporter option \"attestation-profiles=cosign-tag\" needs a push: cosign reads its tags in registries only");
}

const Attribute* FindAttribute(absl::string_view key, unsigned type) {
  for (const Attribute& attribute : kAttributes) {
    if (attribute.key == key && (attribute.ours || (attribute.types & type) != 0)) return &attribute;
  }
  return nullptr;
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
  for (const Attribute& attribute : kAttributes) {
    if (!attribute.ours || attributes.count(std::string(attribute.key)) == 0) continue;
    if ((attribute.types & Bit(options.type)) == 0) {
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
    if (FindAttribute(key, Bit(options.type)) != nullptr) continue;
    if (image) options.metadata.emplace(key, value);
    if (!image || !IsMetadataKey(key)) options.unknown.push_back(key);
  }
}

}  // namespace

absl::string_view TypeName(ExporterType type) { return NameIn(kTypes, type); }

bool WritesFiles(ExporterType type) { return (Bit(type) & kFiles) != 0; }

absl::string_view CompressionName(Compression compression) { return NameIn(kCompressions, compression); }

std::vector<absl::string_view> AttributeKeys(ExporterType type) {
  std::vector<absl::string_view> keys;
  for (const Attribute& attribute : kAttributes) {
    if ((attribute.types & Bit(type)) != 0) keys.push_back(attribute.key);
  }
  return keys;
}

bool IsOwnAttribute(absl::string_view key) {
  return std::any_of(std::begin(kAttributes), std::end(kAttributes),
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
  ABSL_ASSIGN_OR_RETURN(const int64_t value, ParseGoInt(seconds));
  return Epoch::At(absl::FromUnixSeconds(value));
}

absl::StatusOr<ExportOptions> ExportOptions::FromRequest(const ExportRequest& request) {
  ExportOptions options;
  const std::optional<ExporterType> type = Find(kTypes, request.type);
  if (!type.has_value()) {
    return InvalidInputError(absl::StrCat("exporter ", GoQuote(request.type), " could not be found"));
  }
  options.type = *type;
  const bool image = (Bit(options.type) & kImages) != 0;
  ABSL_RETURN_IF_ERROR(SetCompatibility(options, request.compatibility_version));
  Attributes rest = request.attributes;
  if (image) {
    rest.clear();
    ABSL_ASSIGN_OR_RETURN(options.annotations, ParseAnnotations(request.attributes, &rest));
  }
  for (const Attribute& attribute : kAttributes) {
    const auto found = rest.find(std::string(attribute.key));
    if (found != rest.end() && (attribute.types & Bit(options.type)) != 0) {
      ABSL_RETURN_IF_ERROR(attribute.parse(options, attribute.key, found->second));
    }
    if (attribute.key == kLastOfImage) ABSL_RETURN_IF_ERROR(CheckConflicts(options));
  }
  ABSL_RETURN_IF_ERROR(CheckOurs(rest, options));
  ABSL_RETURN_IF_ERROR(CheckGzipEngine(rest, options));
  ABSL_RETURN_IF_ERROR(FinishPublishing(options.publishing));
  ABSL_RETURN_IF_ERROR(CheckReuse(options));
  KeepUnknown(rest, image, options);
  ABSL_RETURN_IF_ERROR(CheckCosignTags(options));
  // The names that "*" stands for are known only with the build result.
  if (options.push && options.name != "*") {
    ABSL_RETURN_IF_ERROR(CheckPushNames(options.name, options.push_by_digest));
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
