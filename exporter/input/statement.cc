// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/statement.h"

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "attest/bundle.h"
#include "attest/statement.h"
#include "oci/error.h"
#include "oci/io/string.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::exporter::input {
namespace {

constexpr absl::string_view kProvenanceType = "https://slsa.dev/provenance/";
constexpr absl::string_view kOldProvenanceType = "https://in-toto.io/Provenance/v0.1";
constexpr absl::string_view kSpdxType = "https://spdx.dev/Document";
constexpr absl::string_view kCycloneDxType = "https://cyclonedx.org/bom";

request::AttestationSubject SubjectOf(attest::StatementSubject subject, const std::optional<oci::Digest>& image) {
  request::AttestationSubject result{.kind = request::AttestationSubject::Kind::kRaw,
                                     .name = std::move(subject.name),
                                     .digests = std::move(subject.digests)};
  if (!image.has_value()) return result;
  const auto digest = result.digests.find(std::string(image->algorithm()));
  if (digest == result.digests.end() || digest->second != image->hex()) return result;
  result.kind = request::AttestationSubject::Kind::kImage;
  result.digests.clear();
  return result;
}

absl::StatusOr<oci::Descriptor> Keep(const oci::Context& context, absl::string_view bytes, oci::content::Store& store) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::content::BlobWriter> writer, store.NewWriter(context));
  oci::io::StringReader reader(bytes);
  ABSL_RETURN_IF_ERROR(oci::io::Copy(context, reader, *writer).status());
  return writer->Commit(context, "", {});
}

absl::Status EnvelopeError() {
  return oci::UnsupportedError("it is a signed envelope (DSSE), whose signature would be lost");
}

// An image's statement is taken for what it says it is, unlike the files of a bundle.
absl::StatusOr<attest::BundledStatement> ParseTyped(absl::string_view bytes) {
  ABSL_ASSIGN_OR_RETURN(attest::BundledStatement statement, attest::ParseStatement(bytes));
  if (!absl::StartsWith(statement.type, attest::kStatementTypePrefix)) {
    if (statement.is_envelope) return EnvelopeError();
    return oci::InvalidInputError("it is no in-toto statement: \"_type\" does not say so");
  }
  if (statement.predicate_type.empty()) return oci::InvalidInputError("its \"predicateType\" is missing");
  return statement;
}

}  // namespace

bool IsStatement(absl::string_view bytes) {
  if (!oci::json::Validate(bytes).ok()) return false;
  const absl::StatusOr<oci::json::Fields> fields = oci::json::Fields::Parse(bytes);
  if (!fields.ok() || fields->Find("_type").empty()) return false;
  const absl::StatusOr<std::string> type = oci::json::DecodeString(fields->Find("_type"));
  return type.ok() && absl::StartsWith(*type, attest::kStatementTypePrefix);
}

absl::Status RefuseEnvelope(absl::string_view bytes) {
  if (oci::json::KindOf(bytes) != oci::json::Kind::kObject) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const oci::json::Fields fields, oci::json::Fields::Parse(bytes));
  const bool is_envelope = !fields.Find("payloadType").empty() && !fields.Find("signatures").empty();
  return is_envelope ? EnvelopeError() : absl::OkStatus();
}

std::string ReasonOfPredicate(absl::string_view predicate_type) {
  if (absl::StartsWith(predicate_type, kProvenanceType) || predicate_type == kOldProvenanceType) return "provenance";
  if (predicate_type == kSpdxType || absl::StartsWith(predicate_type, absl::StrCat(kSpdxType, "/")) ||
      absl::StartsWith(predicate_type, kCycloneDxType)) {
    return "sbom";
  }
  return "";
}

absl::StatusOr<request::Attestation> AttestationOfStatement(const oci::Context& context, absl::string_view statement,
                                                            const std::optional<oci::Digest>& image,
                                                            const std::string& path, oci::content::Store& store) {
  absl::StatusOr<attest::BundledStatement> parsed = ParseTyped(statement);
  if (!parsed.ok()) return oci::Annotate(parsed.status(), absl::StrCat("attestation ", path));
  request::Attestation attestation{.kind = request::Attestation::Kind::kInToto,
                                   .path = path,
                                   .predicate_type = std::move(parsed->predicate_type),
                                   .statement_type = std::move(parsed->type)};
  const std::string reason = ReasonOfPredicate(attestation.predicate_type);
  if (!reason.empty()) attestation.metadata["reason"] = reason;
  for (attest::StatementSubject& subject : parsed->subjects) {
    attestation.subjects.push_back(SubjectOf(std::move(subject), image));
  }
  ABSL_ASSIGN_OR_RETURN(attestation.content, Keep(context, parsed->predicate, store));
  return attestation;
}

}  // namespace waybill::exporter::input
