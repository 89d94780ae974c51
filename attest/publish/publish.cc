// SPDX-License-Identifier: Apache-2.0
#include "attest/publish/publish.h"

#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "attest/manifest.h"
#include "attest/predicate_types.h"
#include "attest/publish/artifact.h"
#include "attest/publish/cosign_tag.h"
#include "attest/publish/known_signatures.h"
#include "attest/publish/limits.h"
#include "attest/publish/placement.h"
#include "attest/publish/subject_source.h"
#include "attest/reader/choose.h"
#include "attest/reader/content.h"
#include "attest/reader/look.h"
#include "attest/sign/bundle.h"
#include "attest/verify/check.h"
#include "oci/error.h"
#include "oci/image/media_types.h"
#include "oci/io/adapters.h"
#include "oci/io/hashing.h"
#include "oci/io/string.h"
#include "oci/status_macros.h"

namespace waybill::attest::publish {
namespace {

using oci::io::Source;
using reader::Attestation;
using reader::ContentKind;
using reader::ImageTree;
using reader::Item;
using reader::Node;
using reader::NodeKind;
using reader::Part;

// What a form says of the statement or manifest that it was made of.
struct Origin {
  Form form;
  std::string predicate_type;
  oci::Digest statement;
};

class Publisher {
 public:
  Publisher(const oci::Context& context, const ImageTree& tree, const Wanted& wanted, oci::content::Fetcher& content,
            oci::content::Store& staging)
      : context_(context), tree_(tree), wanted_(wanted), content_(content), staging_(staging), placement_(tree) {}

  absl::StatusOr<Published> Run() {
    const std::vector<Attestation> all = reader::ListAttestations(tree_);
    if (wanted_.key.has_value()) ABSL_RETURN_IF_ERROR(known_.Find(context_, tree_, all, *wanted_.key, content_));
    ABSL_ASSIGN_OR_RETURN(std::vector<Attestation> chosen, reader::Choose(tree_, all, wanted_.types));
    const std::vector<Attestation> statements = Statements(chosen);
    for (const Attestation& one : statements) ABSL_RETURN_IF_ERROR(AddRaw(one));
    for (const Attestation& one : statements) ABSL_RETURN_IF_ERROR(AddInToto(one));
    for (const Attestation& one : statements) ABSL_RETURN_IF_ERROR(AddBundle(one));
    for (const Attestation& one : statements) ABSL_RETURN_IF_ERROR(AddTagged(one));
    for (size_t i = 0; wanted_.signatures && i < tree_.nodes.size(); ++i) ABSL_RETURN_IF_ERROR(AddSignature(i));
    for (std::string& warning : LimitsCrossed(tree_, published_)) published_.warnings.push_back(std::move(warning));
    return std::move(published_);
  }

 private:
  const Item& ItemOf(const Attestation& one) const { return tree_.nodes[one.node].items[one.item]; }

  // Those that a verifier takes, each once: the same statement may lie in two manifests, as after a conversion.
  std::vector<Attestation> Statements(const std::vector<Attestation>& chosen) {
    std::set<std::pair<size_t, oci::Digest>> seen;
    std::vector<Attestation> statements;
    for (const Attestation& one : chosen) {
      const Item& item = ItemOf(one);
      if (item.content.kind != ContentKind::kStatement) continue;
      has_artifacts_ = has_artifacts_ || tree_.nodes[one.node].kind == NodeKind::kArtifact;
      const oci::Digest& about = tree_.nodes[one.about].descriptor.digest;
      if (!item.content.IsAbout(about)) {
        published_.warnings.push_back(absl::StrCat("statement ", item.descriptor.digest.ToString(), " does not name ",
                                                   about.ToString(), " and is left out"));
      } else if (seen.insert({one.about, item.descriptor.digest}).second) {
        statements.push_back(one);
      }
    }
    return statements;
  }

  absl::Status AddRaw(const Attestation& one) {
    const Item& item = ItemOf(one);
    const absl::string_view type = DocumentType(item.predicate_type());
    if (!wanted_.raw || type.empty()) return absl::OkStatus();
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::content::BlobWriter> blob, staging_.NewWriter(context_));
    ABSL_RETURN_IF_ERROR(
        reader::WritePart(context_, content_, item.descriptor, item.content.kind, Part::kPredicate, *blob));
    ABSL_ASSIGN_OR_RETURN(const oci::Descriptor document, blob->Commit(context_, type, {}));
    for (const size_t subject : SubjectsOf(one, Form::kRaw, wanted_.raw_subjects)) {
      ABSL_RETURN_IF_ERROR(AddArtifact(subject, document, {}, OriginOf(item, Form::kRaw)));
    }
    return absl::OkStatus();
  }

  absl::Status AddInToto(const Attestation& one) {
    const Item& item = ItemOf(one);
    const bool wanted =
        wanted_.in_toto == InToto::kAll || (wanted_.in_toto == InToto::kVex && IsOfType(item.predicate_type(), "vex"));
    if (!wanted) return absl::OkStatus();
    for (const size_t subject : SubjectsOf(one, Form::kInToto, Subjects::kAuto)) {
      oci::Descriptor statement{.media_type = std::string(oci::image::kInToto),
                                .digest = item.descriptor.digest,
                                .size = item.descriptor.size};
      if (subject != one.about) {
        ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<Source> source, StatementFor(one, {subject}));
        ABSL_ASSIGN_OR_RETURN(statement, Stage(*source, oci::image::kInToto));
      }
      statement.annotations = StatementAnnotations(item.predicate_type());
      ABSL_RETURN_IF_ERROR(AddArtifact(subject, statement, statement.annotations, OriginOf(item, Form::kInToto)));
    }
    return absl::OkStatus();
  }

  absl::Status AddBundle(const Attestation& one) {
    if (!wanted_.bundles) return absl::OkStatus();
    const Item& item = ItemOf(one);
    const std::vector<size_t> subjects = SubjectsOf(one, Form::kBundle, wanted_.bundle_subjects);
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<Source> source, StatementFor(one, subjects));
    return SignFor(subjects, OriginOf(item, Form::kBundle), *source);
  }

  absl::Status AddTagged(const Attestation& one) {
    if (!wanted_.cosign_tags) return absl::OkStatus();
    if (!wanted_.key.has_value()) return absl::FailedPreconditionError("an envelope needs a key that signs it");
    const Item& item = ItemOf(one);
    const std::vector<size_t> subjects =
        placement_.Of(one.about, item.predicate_type(), Form::kBundle, wanted_.bundle_subjects);
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<Source> source, StatementFor(one, subjects));
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::content::BlobWriter> blob, staging_.NewWriter(context_));
    ABSL_RETURN_IF_ERROR(sign::WriteEnvelope(context_, *wanted_.key, *source, *blob));
    ABSL_ASSIGN_OR_RETURN(oci::Descriptor layer, blob->Commit(context_, sign::kEnvelopeType, {}));
    layer.annotations =
        EnvelopeAnnotations(item.predicate_type(), item.descriptor.digest, wanted_.key->public_key().hint());
    for (const size_t subject : subjects) {
      const Node& about = tree_.nodes[subject];
      published_.tagged.push_back({.subject = SubjectOf(about),
                                   .subject_name = verify::NameOf(about),
                                   .predicate_type = item.predicate_type(),
                                   .statement = item.descriptor.digest,
                                   .layer = layer});
    }
    return absl::OkStatus();
  }

  absl::Status AddSignature(size_t number) {
    const NodeKind kind = tree_.nodes[number].kind;
    if (kind != NodeKind::kImage && kind != NodeKind::kAttestation && number != 0) return absl::OkStatus();
    const std::string statement = sign::SignatureStatement(tree_.nodes[number].descriptor.digest);
    return SignFor({number},
                   {.form = Form::kBundle,
                    .predicate_type = std::string(sign::kSignaturePredicate),
                    .statement = oci::Digest::Of(statement)},
                   oci::io::StringSource(statement));
  }

  // One bundle for all subjects that have none of this statement.
  absl::Status SignFor(const std::vector<size_t>& subjects, const Origin& origin, const Source& statement) {
    if (!wanted_.key.has_value()) return absl::FailedPreconditionError("a bundle needs a key that signs it");
    ABSL_ASSIGN_OR_RETURN(const std::optional<oci::Digest> payload, PayloadOf(statement));
    std::optional<oci::Descriptor> bundle;
    for (const size_t subject : subjects) {
      if (payload.has_value() && !done_.insert({subject, *payload}).second) continue;
      if (payload.has_value() && known_.Has(subject, *payload)) {
        ++published_.present;
        continue;
      }
      if (!bundle.has_value()) {
        ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::content::BlobWriter> blob, staging_.NewWriter(context_));
        ABSL_RETURN_IF_ERROR(sign::WriteBundle(context_, *wanted_.key, statement, *blob));
        ABSL_ASSIGN_OR_RETURN(bundle, blob->Commit(context_, sign::kBundleType, {}));
      }
      ABSL_RETURN_IF_ERROR(AddArtifact(subject, *bundle, BundleAnnotations(origin.predicate_type), origin));
    }
    return absl::OkStatus();
  }

  // The digest of what is signed. Unset where nothing can be there already, so that the bytes are not read for it.
  absl::StatusOr<std::optional<oci::Digest>> PayloadOf(const Source& statement) {
    if (known_.empty() && !has_artifacts_) return std::nullopt;
    oci::io::NullWriter nowhere;
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Reader> reader, statement.Open(context_, 0));
    ABSL_ASSIGN_OR_RETURN(const oci::io::Hashed hashed,
                          oci::io::CopyHashed(context_, *reader, nowhere, oci::Hasher(), /*limit=*/-1));
    return hashed.digest;
  }

  // With a warning where another platform may be taken for the one that the statement is about.
  std::vector<size_t> SubjectsOf(const Attestation& one, Form form, Subjects subjects) {
    const std::string& type = ItemOf(one).predicate_type();
    std::vector<size_t> numbers = placement_.Of(one.about, type, form, subjects);
    if (placement_.MisleadsByTag(one.about, type, numbers)) {
      published_.warnings.push_back(absl::StrCat("the SBOM of ", verify::NameOf(tree_.nodes[one.about]),
                                                 " refers to the index as well (", FormName(form),
                                                 "): Trivy takes the first one there for every platform"));
    }
    return numbers;
  }

  // The statement as it is, or with the index among its subjects.
  absl::StatusOr<std::unique_ptr<Source>> StatementFor(const Attestation& one, const std::vector<size_t>& subjects) {
    ABSL_ASSIGN_OR_RETURN(std::unique_ptr<Source> statement, content_.Fetch(context_, ItemOf(one).descriptor));
    for (const size_t subject : subjects) {
      if (subject == one.about) continue;
      ABSL_ASSIGN_OR_RETURN(
          statement, SubjectSource::Make(context_, std::move(statement), tree_.nodes[subject].descriptor.digest));
    }
    return statement;
  }

  absl::StatusOr<oci::Descriptor> Stage(const Source& source, absl::string_view media_type) {
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::content::BlobWriter> blob, staging_.NewWriter(context_));
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Reader> reader, source.Open(context_, 0));
    ABSL_RETURN_IF_ERROR(oci::io::Copy(context_, *reader, *blob).status());
    return blob->Commit(context_, media_type, {});
  }

  static oci::Descriptor SubjectOf(const Node& node) {
    return {.media_type = node.descriptor.media_type, .digest = node.descriptor.digest, .size = node.size};
  }

  static Origin OriginOf(const Item& item, Form form) {
    return {.form = form, .predicate_type = item.predicate_type(), .statement = item.descriptor.digest};
  }

  // Unless the subject has this very artifact.
  absl::Status AddArtifact(size_t number, const oci::Descriptor& blob, const oci::Annotations& annotations,
                           const Origin& origin) {
    const Node& about = tree_.nodes[number];
    const oci::Descriptor subject = SubjectOf(about);
    oci::image::ManifestDocuments documents = MakeArtifact(subject, blob, annotations);
    const oci::Digest& digest = documents.manifest.descriptor.digest;
    if (!done_.insert({number, digest}).second) return absl::OkStatus();
    for (const reader::Edge& edge : about.referrers) {
      if (edge.descriptor.digest != digest) continue;
      ++published_.present;
      return absl::OkStatus();
    }
    published_.added.push_back({.form = origin.form,
                                .subject = subject,
                                .subject_name = verify::NameOf(about),
                                .predicate_type = origin.predicate_type,
                                .statement = origin.statement,
                                .manifest = documents.manifest.descriptor,
                                .blob_size = blob.size});
    for (oci::image::Document* document : {&documents.config, &documents.manifest}) {
      ABSL_RETURN_IF_ERROR(
          staging_.Push(context_, {.descriptor = document->descriptor,
                                   .source = std::make_unique<oci::io::StringSource>(std::move(document->bytes))}));
    }
    return absl::OkStatus();
  }

  const oci::Context& context_;
  const ImageTree& tree_;
  const Wanted& wanted_;
  oci::content::Fetcher& content_;
  oci::content::Store& staging_;
  const Placement placement_;
  KnownSignatures known_;
  // Whether statements may be in artifacts of their own as well, for the image or for the index.
  bool has_artifacts_ = false;
  std::set<std::pair<size_t, oci::Digest>> done_;  // a node, and an artifact or a signed statement for it
  Published published_;
};

}  // namespace

absl::StatusOr<Published> MakeReferrers(const oci::Context& context, const ImageTree& tree, const Wanted& wanted,
                                        oci::content::Fetcher& content, oci::content::Store& staging) {
  return Publisher(context, tree, wanted, content, staging).Run();
}

}  // namespace waybill::attest::publish
