// SPDX-License-Identifier: Apache-2.0
#include "exporter/files/statement_files.h"

#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "attest/bundle.h"
#include "attest/statement.h"
#include "exporter/files/file_digests.h"
#include "exporter/files/indenter.h"
#include "exporter/statements/statement_content.h"
#include "exporter/statements/unbundle.h"
#include "oci/error.h"
#include "oci/path.h"
#include "oci/rootfs/document.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::exporter::files {
namespace {

using statements::UnbundledAttestation;

constexpr absl::string_view kNoName = "_";

// Indents compact JSON on its way.
class IndentingWriter : public oci::io::Writer {
 public:
  explicit IndentingWriter(oci::io::Writer& to) : to_(to) {}
  absl::Status Write(absl::string_view bytes) override {
    text_.clear();
    indenter_.Feed(bytes, text_);
    return to_.Write(text_);
  }
  absl::Status Close() override { return absl::OkStatus(); }

 private:
  oci::io::Writer& to_;
  Indenter indenter_;
  std::string text_;
};

// The attestation's file name with the platform before its extension.
std::string NameOf(const UnbundledAttestation& attestation, absl::string_view prefix, absl::string_view suffix) {
  std::string name = absl::StrCat(prefix, oci::path::Base(attestation.path));
  const size_t slash = name.rfind('/');
  const size_t dot = name.rfind('.');
  const bool has_extension = dot != name.npos && (slash == name.npos || dot > slash);
  name.insert(has_extension ? dot : name.size(), suffix.data(), suffix.size());
  return name;
}

class StatementFiles {
 public:
  StatementFiles(const oci::Context& context, const FileDigests& digests, const Places& places,
                 const statements::ContentReader& content, const PlatformFiles& files)
      : context_(context), digests_(digests), places_(places), content_(content), files_(files) {}

  absl::StatusOr<std::unique_ptr<oci::io::Source>> Write(const UnbundledAttestation& attestation) const {
    attest::StatementHead head{.predicate_type = attestation.predicate_type};
    if (!attestation.statement_type.empty()) head.type = attestation.statement_type;
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::content::BlobWriter> blob, places_.staging.NewWriter(context_));
    IndentingWriter indented(*blob);
    attest::StatementWriter statement(head, indented);
    ABSL_RETURN_IF_ERROR(AddSubjects(attestation, statement));
    ABSL_RETURN_IF_ERROR(Named(WritePredicate(attestation, statement), attestation));
    ABSL_RETURN_IF_ERROR(Named(statement.Close(), attestation));
    ABSL_ASSIGN_OR_RETURN(const oci::Descriptor committed, blob->Commit(context_, "application/json", {}));
    return places_.staging.Fetch(context_, committed);
  }

 private:
  absl::Status AddSubjects(const UnbundledAttestation& attestation, attest::StatementWriter& to) const {
    std::vector<request::AttestationSubject> wanted = attestation.subjects;
    if (wanted.empty()) wanted.emplace_back();
    for (const request::AttestationSubject& subject : wanted) {
      if (subject.kind == request::AttestationSubject::Kind::kRaw) {
        ABSL_RETURN_IF_ERROR(
            to.AddSubject({subject.name.empty() ? std::string(kNoName) : subject.name, subject.digests}));
        continue;
      }
      // What was about an image is about its files now, for no image is made.
      const bool is_named =
          subject.kind == request::AttestationSubject::Kind::kSelf && !subject.name.empty() && subject.name != kNoName;
      ABSL_RETURN_IF_ERROR(
          digests_.Visit(context_, files_, [&](const std::string& path, const std::string& hex) -> absl::Status {
            ABSL_RETURN_IF_ERROR(to.AddSubject({path, {{"sha256", hex}}}));
            return is_named ? to.AddSubject({subject.name, {{"sha256", hex}}}) : absl::OkStatus();
          }));
    }
    return absl::OkStatus();
  }

  absl::Status WritePredicate(const UnbundledAttestation& attestation, attest::StatementWriter& to) const {
    if (attestation.content.has_value()) return content_.Copy(attestation.path, *attestation.content, to);
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<attest::PredicateReader> predicate,
                          attest::PredicateReader::New(attestation.predicate));
    return oci::io::Copy(context_, *predicate, to).status();
  }

  // The error with the attestation's path, which BuildKit's "<path> exceeds ..." has already.
  static absl::Status Named(const absl::Status& status, const UnbundledAttestation& attestation) {
    if (absl::StartsWith(status.message(), absl::StrCat(attestation.path, " "))) return status;
    return oci::Annotate(status, absl::StrCat("attestation ", attestation.path));
  }

  const oci::Context context_;
  const FileDigests& digests_;
  const Places& places_;
  const statements::ContentReader& content_;
  const PlatformFiles& files_;
};

}  // namespace

absl::Status AddStatements(const oci::Context& context, const plan::PlatformPlan& plan,
                           const request::ExportOptions& options, int64_t now, const Places& places,
                           PlatformFiles& files) {
  if (plan.attestations.empty()) return absl::OkStatus();
  const statements::ContentReader content(context, places.source, options.attestation_content_limit.value_or(0),
                                          places.scratch_directory);
  ABSL_ASSIGN_OR_RETURN(std::vector<UnbundledAttestation> attestations,
                        statements::Unbundle(context, plan.attestations, content));
  if (attestations.empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const FileDigests digests, FileDigests::Compute(context, files));
  const StatementFiles statements(context, digests, places, content, files);
  std::set<std::string> names;
  std::vector<std::pair<std::string, std::unique_ptr<oci::io::Source>>> written;
  for (UnbundledAttestation& attestation : attestations) {
    std::string name = NameOf(attestation, options.attestation_prefix, plan.statement_suffix);
    if (!names.insert(name).second) {
      return oci::InvalidInputError(absl::StrCat("duplicate attestation path name ", oci::words::Quoted(name)));
    }
    ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Source> bytes, statements.Write(attestation));
    attestation.file.reset();
    written.emplace_back(std::move(name), std::move(bytes));
  }
  // Only now: statements are not about each other.
  for (auto& [name, bytes] : written) {
    oci::rootfs::Document document{.bytes = std::move(bytes), .mode = 0600, .mtime = 0};
    document.mtime = plan.epoch.value_or(now) * 1'000'000'000;
    ABSL_RETURN_IF_ERROR(oci::Annotate(oci::rootfs::AddDocument(files.tree, files.start, name, std::move(document)),
                                       "attestation file"));
  }
  return absl::OkStatus();
}

}  // namespace waybill::exporter::files
