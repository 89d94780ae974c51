// SPDX-License-Identifier: Apache-2.0
// What an export is asked for, as types. Strings end here: FromRequest is the only place that knows attribute names.
// The attributes are BuildKit's (docs/exporters of moby/buildkit) plus waybill's own for registries. Values are kept
// as asked: an unset optional means "not given", and defaults that depend on the result are applied by MakePlan.
#ifndef WAYBILL_EXPORTER_REQUEST_OPTIONS_H_
#define WAYBILL_EXPORTER_REQUEST_OPTIONS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "exporter/request/annotations.h"
#include "exporter/request/export_request.h"
#include "exporter/request/values/publishing.h"

namespace waybill::exporter::request {

enum class ExporterType { kImage, kOci, kDocker, kLocal, kTar };
// "image", "oci", ...
absl::string_view TypeName(ExporterType type);

// Whether exports of the type are files, and not images: local and tar.
bool WritesFiles(ExporterType type);

enum class Compression { kUncompressed, kGzip, kEstargz, kZstd };
// "uncompressed", "gzip", ...
absl::string_view CompressionName(Compression compression);

// How layers are compressed by gzip: with the bytes of BuildKit, or several times faster with others.
enum class GzipEngine { kExact, kFast };

// Whose work it is to compress the new layers of a build.
enum class Compressor { kDaemon, kWaybill };

// SOURCE_DATE_EPOCH: not said, explicitly none, or a time.
class Epoch {
 public:
  static Epoch Unset() { return Epoch(); }
  static Epoch None();
  static Epoch At(absl::Time time);

  bool is_set() const { return set_; }  // true for None as well
  const std::optional<absl::Time>& time() const { return time_; }
  friend bool operator==(const Epoch&, const Epoch&) = default;

 private:
  bool set_ = false;
  std::optional<absl::Time> time_;
};

// "" is None. Anything else that is not a base-10 int64 is INVALID_ARGUMENT in Go's words.
absl::StatusOr<Epoch> ParseEpoch(absl::string_view seconds);

enum class LocalMode { kCopy, kDelete };
enum class ReferrersFallback { kAuto, kAlways, kNever, kRequireApi };
enum class AttestationPlacement { kBoth, kIndex, kReferrer };
enum class AttestationRefused { kFail, kLegacy, kSkip };
// Whether an image that a registry has keeps its attestations there.
enum class Attestations { kNew, kReuse };
// What happens when provenance that leaves has what looks like a secret.
enum class SecretGuard { kWarn, kFail, kOff };

// Rules of a BuildKit generation: 10 (v0.13), 20 (v0.15 to v0.31), 30 (v0.32 on).
inline constexpr int kCurrentCompatibility = 30;

// The attributes that mean something for the type, without annotations.
std::vector<absl::string_view> AttributeKeys(ExporterType type);

// Whether the attribute is waybill's own, which no BuildKit daemon knows.
bool IsOwnAttribute(absl::string_view key);

struct ExportOptions {
  // Errors: INVALID_ARGUMENT with BuildKit's wording for its attributes; unknown attributes are metadata for image
  // types and ignored for local and tar, as there, and listed in `unknown`. "metadata.KEY" is the metadata KEY and
  // never unknown. waybill's own attributes are refused where they have no meaning.
  static absl::StatusOr<ExportOptions> FromRequest(const ExportRequest& request);

  ExporterType type = ExporterType::kOci;
  int compatibility_version = kCurrentCompatibility;
  Epoch epoch;

  // image, oci, docker
  std::string name;  // comma list, or "*"
  std::optional<bool> oci_mediatypes;
  std::optional<bool> oci_artifact;
  std::optional<bool> attestation_inline;
  bool prefer_nondist_layers = false;
  bool rewrite_timestamp = false;
  std::optional<Compression> compression;
  bool force_compression = false;
  std::optional<int64_t> compression_level;
  AnnotationGroups annotations;
  std::map<std::string, std::string> metadata;  // replaces the build result's
  // Keys as they were given that are neither attributes nor metadata that an export reads (unknown_key.h); all types.
  std::vector<std::string> unknown;

  // oci, docker: an archive, or blobs in a layout directory.
  bool tar = true;

  // image
  bool push = false;
  bool push_by_digest = false;
  bool registry_insecure = false;
  std::string dangling_name_prefix;
  bool dangling_name_empty_only = false;  // attribute "danging-name-empty-only"
  bool unpack = false;                    // needs an image store, and there is none

  // local, tar
  std::string attestation_prefix;
  std::optional<bool> platform_split;
  LocalMode mode = LocalMode::kCopy;
  std::optional<std::string> source_path;  // attribute "src"

  // waybill's own. The first four need a push.
  ReferrersFallback referrers_fallback = ReferrersFallback::kAuto;
  AttestationPlacement attestation_placement = AttestationPlacement::kBoth;
  AttestationRefused attestation_refused = AttestationRefused::kFail;
  bool verify = false;                               // what was pushed is read back and checked before a tag moves
  std::optional<int64_t> attestation_content_limit;  // bytes per attestation file; BuildKit's is 80 MiB
  bool rewrite_timestamp_strict = false;             // a layer whose times cannot be rewritten fails the export
  GzipEngine gzip_engine = GzipEngine::kExact;       // kFast with compression=gzip alone
  // kWaybill: layers that come without compression get that of `compression`. kDaemon is for the bridge alone.
  std::optional<Compressor> compressor;
  values::Publishing publishing;
  Attestations attestations = Attestations::kNew;  // kReuse with a push alone
  SecretGuard secret_guard = SecretGuard::kWarn;
};

// The conflicts that BuildKit looks for while parsing and again once `oci_mediatypes` has its default; none are found
// while it is unset.
absl::Status CheckConflicts(const ExportOptions& options);

}  // namespace waybill::exporter::request

#endif  // WAYBILL_EXPORTER_REQUEST_OPTIONS_H_
