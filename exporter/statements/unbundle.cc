// SPDX-License-Identifier: Apache-2.0
#include "exporter/statements/unbundle.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "attest/bundle.h"
#include "attest/statement.h"
#include "oci/error.h"
#include "oci/path.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::exporter::statements {
namespace {

constexpr absl::string_view kProvenancePrefix = "https://slsa.dev/provenance/";

bool IsProvenance(absl::string_view predicate_type) { return absl::StartsWith(predicate_type, kProvenancePrefix); }

// Provenance is the build daemon's to make: it says so in the metadata.
bool IsFromDaemon(const request::Attestation& attestation) {
  const auto reason = attestation.metadata.find("reason");
  return reason != attestation.metadata.end() && reason->second == "provenance";
}

absl::Status CheckShape(const request::Attestation& attestation) {
  if (attestation.subjects.size() > attest::kMaxSubjects) {
    return oci::InvalidInputError(absl::StrCat("more than ", attest::kMaxSubjects, " subjects"));
  }
  if (attestation.kind == request::Attestation::Kind::kBundle) {
    if (attestation.files.size() <= kMaxBundleFiles) return absl::OkStatus();
    return oci::InvalidInputError(absl::StrCat("more than ", kMaxBundleFiles, " files in an attestation bundle"));
  }
  if (!attestation.statement_type.empty() &&
      !absl::StartsWith(attestation.statement_type, attest::kStatementTypePrefix)) {
    return oci::InvalidInputError(absl::StrCat("attestation ", attestation.path, ": statement type \"",
                                               oci::words::Quoted(attestation.statement_type, 200),
                                               "\" is none of in-toto's"));
  }
  if (attestation.path.empty()) return oci::InvalidInputError("attestation does not have set path");
  if (!attestation.content.has_value()) {
    return oci::InvalidInputError("attestation does not have available content");
  }
  return absl::OkStatus();
}

std::vector<request::AttestationSubject> RawSubjects(std::vector<attest::StatementSubject> subjects) {
  std::vector<request::AttestationSubject> raw;
  raw.reserve(subjects.size());
  for (attest::StatementSubject& subject : subjects) {
    raw.push_back({request::AttestationSubject::Kind::kRaw, std::move(subject.name), std::move(subject.digests)});
  }
  return raw;
}

absl::StatusOr<UnbundledAttestation> OpenFile(const request::Attestation& bundle, std::string path,
                                              const oci::Descriptor& file, const ContentReader& content) {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::file::Mapping> mapping, content.Map(path, file));
  absl::StatusOr<attest::BundledStatement> statement = attest::ParseStatement(mapping->bytes());
  if (!statement.ok()) return oci::Annotate(statement.status(), absl::StrCat("attestation ", path));
  if (!bundle.predicate_type.empty() && statement->predicate_type != bundle.predicate_type) {
    return oci::InvalidInputError(absl::StrCat("bundle entry ", statement->predicate_type,
                                               " does not match required predicate type ", bundle.predicate_type));
  }
  if (IsProvenance(statement->predicate_type)) {
    return oci::InvalidInputError("frontend may not bundle provenance attestations");
  }
  return UnbundledAttestation{.path = std::move(path),
                              .predicate_type = std::move(statement->predicate_type),
                              .metadata = bundle.metadata,
                              .subjects = RawSubjects(std::move(statement->subjects)),
                              .file = std::move(mapping),
                              .predicate = statement->predicate};
}

absl::Status OpenResultDirectory(const oci::Context& context, const request::Attestation& bundle,
                                 const ContentReader& content, std::vector<UnbundledAttestation>& to) {
  for (const auto& [name, file] : bundle.files) {
    ABSL_RETURN_IF_ERROR(context.Check());
    ABSL_ASSIGN_OR_RETURN(to.emplace_back(), OpenFile(bundle, oci::path::Join({bundle.path, name}), file, content));
  }
  return absl::OkStatus();
}

}  // namespace

bool UnbundledAttestation::IsCore(absl::string_view name) const {
  const auto core = metadata.find("sbom-core");
  return core != metadata.end() && name.substr(0, name.find('.')) == core->second;
}

absl::StatusOr<std::vector<UnbundledAttestation>> Unbundle(const oci::Context& context,
                                                           const std::vector<request::Attestation>& attestations,
                                                           const ContentReader& content) {
  for (const request::Attestation& attestation : attestations) ABSL_RETURN_IF_ERROR(CheckShape(attestation));
  std::vector<UnbundledAttestation> unbundled;
  for (const request::Attestation& attestation : attestations) {
    if (attestation.kind == request::Attestation::Kind::kBundle) {
      ABSL_RETURN_IF_ERROR(OpenResultDirectory(context, attestation, content, unbundled));
      continue;
    }
    if (IsProvenance(attestation.predicate_type) && !IsFromDaemon(attestation)) {
      return oci::InvalidInputError(
          "frontend may not set provenance attestations: the build daemon's own have the metadata reason=provenance");
    }
    unbundled.push_back({.path = attestation.path,
                         .predicate_type = attestation.predicate_type,
                         .statement_type = attestation.statement_type,
                         .metadata = attestation.metadata,
                         .subjects = attestation.subjects,
                         .content = attestation.content});
  }
  std::stable_partition(unbundled.begin(), unbundled.end(),
                        [](const UnbundledAttestation& attestation) { return attestation.IsCore(attestation.path); });
  return unbundled;
}

}  // namespace waybill::exporter::statements
