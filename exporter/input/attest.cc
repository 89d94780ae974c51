// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/attest.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "exporter/input/statement.h"
#include "exporter/plan/platforms.h"
#include "oci/error.h"
#include "oci/file/file.h"
#include "oci/file/mapping.h"
#include "oci/io/string.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::exporter::input {
namespace {

// The predicate types that a document of a kind can have, told apart by a member that only this one has.
struct Known {
  absl::string_view kind;
  absl::string_view member;
  absl::string_view predicate_type;
};

constexpr Known kKnown[] = {
    {"sbom", "spdxVersion", "https://spdx.dev/Document"},
    {"sbom", "bomFormat", "https://cyclonedx.org/bom"},
    {"provenance", "buildDefinition", "https://slsa.dev/provenance/v1"},
    {"provenance", "buildType", "https://slsa.dev/provenance/v0.2"},
};

bool IsKind(absl::string_view type) { return type == "sbom" || type == "provenance"; }

// A predicate type is a URI, which tells it from a kind that is misspelled.
absl::Status CheckType(absl::string_view type) {
  if (IsKind(type) || absl::StrContains(type, ':')) return absl::OkStatus();
  return oci::InvalidInputError(
      absl::StrCat("type ", type, " is neither sbom nor provenance nor a predicate type, which is a URI"));
}

absl::StatusOr<std::string> PredicateTypeOf(absl::string_view type, absl::string_view bytes) {
  if (!IsKind(type)) return std::string(type);
  ABSL_ASSIGN_OR_RETURN(const oci::json::Fields fields, oci::json::Fields::Parse(bytes));
  for (const Known& known : kKnown) {
    if (known.kind == type && !fields.Find(known.member).empty()) return std::string(known.predicate_type);
  }
  return oci::InvalidInputError(absl::StrCat("it is no ", type, " document of a known kind"));
}

absl::StatusOr<request::Attestation> OfPredicate(const oci::Context& context, const AttestationFile& file,
                                                 absl::string_view bytes, const std::string& path,
                                                 oci::content::Store& store) {
  ABSL_RETURN_IF_ERROR(oci::json::Validate(bytes));
  ABSL_RETURN_IF_ERROR(RefuseEnvelope(bytes));
  request::Attestation attestation{.kind = request::Attestation::Kind::kInToto, .path = path};
  ABSL_ASSIGN_OR_RETURN(attestation.predicate_type, PredicateTypeOf(file.type, bytes));
  const std::string reason = ReasonOfPredicate(attestation.predicate_type);
  if (!reason.empty()) attestation.metadata["reason"] = reason;
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::content::BlobWriter> writer, store.NewWriter(context));
  oci::io::StringReader reader(bytes);
  ABSL_RETURN_IF_ERROR(oci::io::Copy(context, reader, *writer).status());
  ABSL_ASSIGN_OR_RETURN(attestation.content, writer->Commit(context, "", {}));
  return attestation;
}

absl::StatusOr<request::Attestation> OfStatement(const oci::Context& context, const AttestationFile& file,
                                                 absl::string_view bytes, const std::string& path,
                                                 oci::content::Store& store) {
  ABSL_ASSIGN_OR_RETURN(request::Attestation attestation,
                        AttestationOfStatement(context, bytes, /*image=*/std::nullopt, path, store));
  const bool fits = IsKind(file.type) ? ReasonOfPredicate(attestation.predicate_type) == file.type
                                      : attestation.predicate_type == file.type;
  if (!fits) {
    return oci::InvalidInputError(
        absl::StrCat("a statement with predicate type ", attestation.predicate_type, " is not of type ", file.type));
  }
  return attestation;
}

absl::StatusOr<request::Attestation> Read(const oci::Context& context, const AttestationFile& file,
                                          const AttestationPlace& place) {
  ABSL_RETURN_IF_ERROR(CheckType(file.type));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::file::FileSource> source,
                        oci::file::FileSource::Open(file.path, oci::file::Links::kFollow));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Reader> reader, source->Open(context, 0));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::file::Mapping> mapping,
                        oci::file::Mapping::Spool(context, *reader, place.scratch_directory, source->size()));
  const std::string path = std::filesystem::path(file.path).filename();
  if (IsStatement(mapping->bytes())) return OfStatement(context, file, mapping->bytes(), path, place.store);
  return OfPredicate(context, file, mapping->bytes(), path, place.store);
}

// The ids of the platforms that the attestation is for.
absl::StatusOr<std::vector<std::string>> IdsFor(const AttestationFile& file, const request::BuildResult& result,
                                                const oci::Platform& host) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<plan::ResultPlatform> platforms, plan::ParsePlatforms(result.metadata, host));
  std::vector<std::string> ids;
  if (file.platform.empty()) {
    for (const plan::ResultPlatform& platform : platforms) ids.push_back(platform.id);
    return ids;
  }
  ABSL_ASSIGN_OR_RETURN(const oci::Platform wanted, oci::ParsePlatform(file.platform));
  for (const plan::ResultPlatform& platform : platforms) {
    if (platform.id == file.platform || platform.platform == wanted) ids.push_back(platform.id);
  }
  if (ids.empty()) return oci::InvalidInputError(absl::StrCat("the result has no platform ", file.platform));
  return ids;
}

}  // namespace

absl::Status AddAttestation(const oci::Context& context, const AttestationFile& file, const AttestationPlace& place,
                            request::BuildResult& result) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<std::string> ids, IdsFor(file, result, place.host));
  ABSL_ASSIGN_OR_RETURN(const request::Attestation attestation, Read(context, file, place));
  for (const std::string& id : ids) result.attestations[id].push_back(attestation);
  return absl::OkStatus();
}

}  // namespace waybill::exporter::input
