// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/attest.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "exporter/input/document_form.h"
#include "exporter/input/path_kind.h"
#include "exporter/input/predicate.h"
#include "exporter/input/statement.h"
#include "exporter/plan/platforms.h"
#include "oci/error.h"
#include "oci/file/file.h"
#include "oci/file/mapping.h"
#include "oci/io/string.h"
#include "oci/status_macros.h"
#include "oci/words/nearest_name.h"

namespace waybill::exporter::input {
namespace {

// A predicate type is a URI, which tells it from a name that is misspelled.
absl::Status CheckType(absl::string_view type) {
  if (IsPredicateName(type) || absl::StrContains(type, ':')) return absl::OkStatus();
  const std::vector<std::string> names = PredicateNames();
  std::string meant = oci::words::NearestName(absl::AsciiStrToLower(type), names);
  for (const std::string& name : names) {
    if (meant.empty() && absl::StartsWithIgnoreCase(type, name)) meant = name;
  }
  return oci::InvalidInputError(absl::StrCat("type ", type, " is neither one of ", absl::StrJoin(names, ", "),
                                             " nor a predicate type, which is a URI",
                                             meant.empty() ? "" : absl::StrCat("; did you mean ", meant, "?")));
}

// A pipe can be read once and has no size.
absl::Status CheckPath(const std::string& path) {
  const PathKind kind = KindOfPath(path);
  if (kind == PathKind::kStream) {
    return oci::InvalidInputError(absl::StrCat(path, " is ", NameOf(kind), ": ", OptionFor(kind, path)));
  }
  if (kind == PathKind::kMissing && path == "-") {
    return oci::InvalidInputError("standard input is not read: write it to a file, and name the file");
  }
  return absl::OkStatus();
}

absl::StatusOr<request::Attestation> OfPredicate(const oci::Context& context, const AttestationFile& file,
                                                 absl::string_view bytes, const std::string& path,
                                                 oci::content::Store& store) {
  ABSL_RETURN_IF_ERROR(CheckJson(bytes));
  ABSL_RETURN_IF_ERROR(RefuseEnvelope(bytes));
  request::Attestation attestation{.kind = request::Attestation::Kind::kInToto, .path = path};
  attestation.predicate_type = file.type;
  if (IsPredicateName(file.type)) {
    ABSL_ASSIGN_OR_RETURN(attestation.predicate_type, PredicateTypeOf(file.type, bytes));
  }
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
  ABSL_RETURN_IF_ERROR(CheckPredicateType(file.type, attestation.predicate_type));
  return attestation;
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

absl::Status CheckAttestationFile(const AttestationFile& file) {
  ABSL_RETURN_IF_ERROR(CheckType(file.type));
  return CheckPath(file.path);
}

absl::StatusOr<request::Attestation> ReadAttestation(const oci::Context& context, const AttestationFile& file,
                                                     const AttestationPlace& place) {
  ABSL_RETURN_IF_ERROR(CheckAttestationFile(file));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::file::FileSource> source,
                        oci::file::FileSource::Open(file.path, oci::file::Links::kFollow));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Reader> reader, source->Open(context, 0));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::file::Mapping> mapping,
                        oci::file::Mapping::Spool(context, *reader, place.scratch_directory, source->size()));
  const std::string path = std::filesystem::path(file.path).filename();
  if (IsStatement(mapping->bytes())) return OfStatement(context, file, mapping->bytes(), path, place.store);
  return OfPredicate(context, file, mapping->bytes(), path, place.store);
}

absl::Status AddAttestation(const oci::Context& context, const AttestationFile& file, const AttestationPlace& place,
                            request::BuildResult& result) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<std::string> ids, IdsFor(file, result, place.host));
  ABSL_ASSIGN_OR_RETURN(const request::Attestation attestation, ReadAttestation(context, file, place));
  for (const std::string& id : ids) result.attestations[id].push_back(attestation);
  return absl::OkStatus();
}

}  // namespace waybill::exporter::input
