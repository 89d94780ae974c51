// SPDX-License-Identifier: Apache-2.0
#include "exporter/statements/attestations.h"

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "attest/bundle.h"
#include "attest/manifest.h"
#include "attest/purl.h"
#include "attest/spdx/layer_files.h"
#include "attest/spdx/spdx.h"
#include "exporter/statements/statement_content.h"
#include "exporter/statements/unbundle.h"
#include "oci/error.h"
#include "oci/file/mapping.h"
#include "oci/image/media_types.h"
#include "oci/io/stream.h"
#include "oci/path.h"
#include "oci/status_macros.h"

namespace waybill::exporter::statements {
namespace {

constexpr absl::string_view kSpdxType = "https://spdx.dev/Document";
constexpr absl::string_view kNoName = "_";

attest::StatementSubject Manifest(std::string name, const oci::Digest& digest) {
  return {std::move(name), {{std::string(digest.algorithm()), std::string(digest.hex())}}};
}

// A statement is about the image under each of its names, about what it says itself, or about both.
absl::StatusOr<std::vector<attest::StatementSubject>> SubjectsOf(const UnbundledAttestation& attestation,
                                                                 const StatementInputs& inputs) {
  std::vector<request::AttestationSubject> wanted = attestation.subjects;
  if (wanted.empty()) wanted.emplace_back();
  std::vector<attest::StatementSubject> subjects;
  for (const request::AttestationSubject& subject : wanted) {
    const std::string name = subject.name.empty() ? std::string(kNoName) : subject.name;
    if (subject.kind == request::AttestationSubject::Kind::kRaw) {
      subjects.push_back({name, subject.digests});
      continue;
    }
    if (subject.kind == request::AttestationSubject::Kind::kImage) {
      subjects.push_back(Manifest(name, inputs.manifest));
      continue;
    }
    for (const attest::StatementSubject& image : inputs.default_subjects) {
      subjects.push_back(image);
      if (name != kNoName) subjects.push_back({name, image.digests});
    }
    if (subjects.size() > attest::kMaxSubjects) {
      return oci::InvalidInputError(absl::StrCat("more than ", attest::kMaxSubjects, " subjects"));
    }
  }
  if (subjects.empty()) subjects.push_back(Manifest(std::string(kNoName), inputs.manifest));
  return subjects;
}

class StatementMaker {
 public:
  StatementMaker(const oci::Context& context, const StatementInputs& inputs, oci::content::Fetcher& source,
                 oci::content::Store& staging)
      : context_(context),
        inputs_(inputs),
        staging_(staging),
        content_(context, source, inputs.content_limit, inputs.scratch_directory),
        layer_files_(context, source, inputs.layers) {}

  absl::StatusOr<std::vector<oci::Descriptor>> Make() {
    ABSL_ASSIGN_OR_RETURN(std::vector<UnbundledAttestation> attestations,
                          Unbundle(context_, inputs_.attestations, content_));
    std::vector<oci::Descriptor> statements;
    for (UnbundledAttestation& attestation : attestations) {
      ABSL_ASSIGN_OR_RETURN(oci::Descriptor statement, MakeOne(attestation));
      attestation.file.reset();
      statements.push_back(std::move(statement));
    }
    return statements;
  }

 private:
  absl::StatusOr<oci::Descriptor> MakeOne(UnbundledAttestation& attestation) {
    attest::StatementHead head{.predicate_type = attestation.predicate_type};
    if (!attestation.statement_type.empty()) head.type = attestation.statement_type;
    ABSL_ASSIGN_OR_RETURN(head.subjects, SubjectsOf(attestation, inputs_));
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::content::BlobWriter> blob, staging_.NewWriter(context_));
    attest::StatementWriter statement(head, *blob);
    ABSL_RETURN_IF_ERROR(Named(WritePredicate(attestation, statement), attestation));
    ABSL_RETURN_IF_ERROR(Named(statement.Close(), attestation));
    ABSL_ASSIGN_OR_RETURN(oci::Descriptor committed, blob->Commit(context_, oci::image::kInToto, {}));
    committed.annotations = attest::StatementAnnotations(attestation.predicate_type);
    return committed;
  }

  // The error with the attestation's path, which BuildKit's "<path> exceeds ..." has already.
  static absl::Status Named(const absl::Status& status, const UnbundledAttestation& attestation) {
    if (absl::StartsWith(status.message(), absl::StrCat(attestation.path, " "))) return status;
    return oci::Annotate(status, absl::StrCat("attestation ", attestation.path));
  }

  bool IsSupplemented(const UnbundledAttestation& attestation) const {
    return inputs_.has_ref && attestation.predicate_type == kSpdxType &&
           attestation.IsCore(oci::path::Base(attestation.path));
  }

  absl::Status WritePredicate(UnbundledAttestation& attestation, attest::StatementWriter& to) {
    if (IsSupplemented(attestation)) return WriteSupplemented(attestation, to);
    if (attestation.content.has_value()) return content_.Copy(attestation.path, *attestation.content, to);
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<attest::PredicateReader> predicate,
                          attest::PredicateReader::New(attestation.predicate));
    return oci::io::Copy(context_, *predicate, to).status();
  }

  absl::Status WriteSupplemented(UnbundledAttestation& attestation, attest::StatementWriter& to) {
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::file::Mapping> predicate, MapPredicate(attestation));
    ABSL_ASSIGN_OR_RETURN(const bool supplement, attest::spdx::CanSupplementSpdx(predicate->bytes()));
    if (!supplement) return to.Write(predicate->bytes());
    ABSL_RETURN_IF_ERROR(
        attest::spdx::VisitSpdxFiles(predicate->bytes(), [this](absl::string_view path) { layer_files_.Want(path); }));
    return attest::spdx::SupplementSpdx(
        predicate->bytes(), inputs_.version, [this](absl::string_view path) { return layer_files_.Find(path); },
        [this, &to](absl::string_view piece) {
          ABSL_RETURN_IF_ERROR(context_.Check());
          return to.Write(piece);
        });
  }

  // Takes a bundle's file along, which is not needed again and as large.
  absl::StatusOr<std::unique_ptr<oci::file::Mapping>> MapPredicate(UnbundledAttestation& attestation) {
    if (attestation.content.has_value()) return content_.Map(attestation.path, *attestation.content);
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<attest::PredicateReader> predicate,
                          attest::PredicateReader::New(attestation.predicate));
    absl::StatusOr<std::unique_ptr<oci::file::Mapping>> mapping = content_.Map(*predicate);
    attestation.file.reset();
    return mapping;
  }

  const oci::Context context_;
  const StatementInputs& inputs_;
  oci::content::Store& staging_;
  const ContentReader content_;
  attest::spdx::LayerFiles layer_files_;
};

}  // namespace

absl::StatusOr<std::vector<attest::StatementSubject>> DefaultSubjects(const std::vector<std::string>& names,
                                                                      const oci::Platform& platform,
                                                                      const oci::Digest& manifest) {
  std::vector<attest::StatementSubject> subjects;
  for (const std::string& name : names) {
    if (name.empty()) continue;
    ABSL_ASSIGN_OR_RETURN(std::string purl, attest::ImagePurl(name, platform));
    subjects.push_back({std::move(purl), {{std::string(manifest.algorithm()), std::string(manifest.hex())}}});
  }
  return subjects;
}

absl::StatusOr<std::vector<oci::Descriptor>> MakeStatements(const oci::Context& context, const StatementInputs& inputs,
                                                            oci::content::Fetcher& source,
                                                            oci::content::Store& staging) {
  return StatementMaker(context, inputs, source, staging).Make();
}

}  // namespace waybill::exporter::statements
