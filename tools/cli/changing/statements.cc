// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/changing/statements.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "attest/manifest.h"
#include "attest/reader/look.h"
#include "attest/reader/reader.h"
#include "exporter/input/predicate.h"
#include "exporter/statements/attestations.h"
#include "oci/error.h"
#include "oci/file/file.h"
#include "oci/image/media_types.h"
#include "oci/io/stream.h"
#include "oci/platform.h"
#include "oci/status_macros.h"

namespace waybill::cli::changing {
namespace {

using attest::reader::Content;
using attest::reader::ContentKind;
using exporter::input::AttestationFile;

absl::StatusOr<oci::Descriptor> Keep(const oci::Context& context, const std::string& path, oci::content::Store& store) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::file::FileSource> source,
                        oci::file::FileSource::Open(path, oci::file::Links::kFollow));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Reader> reader, source->Open(context, 0));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::content::BlobWriter> writer, store.NewWriter(context));
  ABSL_RETURN_IF_ERROR(oci::io::Copy(context, *reader, *writer).status());
  return writer->Commit(context, oci::image::kInToto, {});
}

// The images of the file's platform.
absl::StatusOr<std::vector<size_t>> ImagesFor(const AttestationFile& file, const std::vector<oci::Descriptor>& images) {
  std::vector<oci::Platform> wanted;
  if (!file.platform.empty()) {
    ABSL_ASSIGN_OR_RETURN(wanted.emplace_back(), oci::ParsePlatform(file.platform));
  }
  std::vector<size_t> chosen;
  for (size_t i = 0; i < images.size(); ++i) {
    const oci::Platform platform = images[i].platform.value_or(oci::Platform());
    if (attest::reader::IsWanted(wanted, oci::Normalize(platform))) chosen.push_back(i);
  }
  if (chosen.empty()) return oci::InvalidInputError(absl::StrCat("the image has no platform ", file.platform));
  return chosen;
}

absl::Status CheckStatement(const AttestationFile& file, const Content& content) {
  if (!content.fault.empty()) return oci::InvalidInputError(content.fault);
  if (content.predicate_type.empty())
    return oci::InvalidInputError("it has no in-toto statement with a predicate type");
  return exporter::input::CheckPredicateType(file.type, content.predicate_type);
}

absl::StatusOr<std::vector<NewStatement>> AsItIs(const AttestationFile& file, const Content& content,
                                                 oci::Descriptor blob, const std::vector<oci::Descriptor>& images,
                                                 const std::vector<size_t>& chosen) {
  ABSL_RETURN_IF_ERROR(CheckStatement(file, content));
  blob.annotations = attest::StatementAnnotations(content.predicate_type);
  std::vector<NewStatement> statements;
  for (const size_t image : chosen) {
    if (content.IsAbout(images[image].digest)) statements.push_back({.image = image, .statement = blob});
  }
  if (!statements.empty()) return statements;
  return oci::InvalidInputError("none of its subjects has the digest of the image's manifest");
}

absl::StatusOr<std::vector<NewStatement>> OfPredicate(const oci::Context& context, const AttestationFile& file,
                                                      const std::vector<oci::Descriptor>& images,
                                                      const std::vector<size_t>& chosen, const StatementPlace& place) {
  ABSL_ASSIGN_OR_RETURN(
      exporter::request::Attestation attestation,
      exporter::input::ReadAttestation(
          context, file,
          {.host = oci::HostPlatform(), .store = place.store, .scratch_directory = place.scratch_directory}));
  const std::vector<exporter::request::Attestation> attestations = {std::move(attestation)};
  std::vector<NewStatement> statements;
  for (const size_t image : chosen) {
    const oci::Descriptor& about = images[image];
    // Without a file system, so that an SBOM stays as the user gave it: layers are not read.
    exporter::statements::StatementInputs inputs{.attestations = attestations,
                                                 .layers = {},
                                                 .has_ref = false,
                                                 .default_subjects = {},
                                                 .manifest = about.digest,
                                                 .version = place.version,
                                                 .scratch_directory = place.scratch_directory};
    ABSL_ASSIGN_OR_RETURN(inputs.default_subjects,
                          exporter::statements::DefaultSubjects(
                              place.image_names, about.platform.value_or(oci::Platform()), about.digest));
    ABSL_ASSIGN_OR_RETURN(std::vector<oci::Descriptor> made,
                          exporter::statements::MakeStatements(context, inputs, place.store, place.store));
    for (oci::Descriptor& statement : made) statements.push_back({.image = image, .statement = std::move(statement)});
  }
  return statements;
}

}  // namespace

absl::StatusOr<std::vector<NewStatement>> MakeStatementsAbout(const oci::Context& context, const AttestationFile& file,
                                                              const std::vector<oci::Descriptor>& images,
                                                              const StatementPlace& place) {
  ABSL_RETURN_IF_ERROR(exporter::input::CheckAttestationFile(file));
  ABSL_ASSIGN_OR_RETURN(const std::vector<size_t> chosen, ImagesFor(file, images));
  ABSL_ASSIGN_OR_RETURN(oci::Descriptor blob, Keep(context, file.path, place.store));
  ABSL_ASSIGN_OR_RETURN(const Content content,
                        attest::reader::LookAt(context, place.store, blob, attest::reader::kWholeBlob));
  if (content.kind == ContentKind::kStatement || content.kind == ContentKind::kEnvelope) {
    return AsItIs(file, content, std::move(blob), images, chosen);
  }
  return OfPredicate(context, file, images, chosen, place);
}

}  // namespace waybill::cli::changing
