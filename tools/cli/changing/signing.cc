// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/changing/signing.h"

#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "attest/reader/choose.h"
#include "attest/reader/content.h"
#include "attest/sign/bundle.h"
#include "attest/sign/check.h"
#include "attest/verify/check.h"
#include "oci/io/string.h"
#include "oci/status_macros.h"

namespace waybill::cli::changing {
namespace {

namespace sign = attest::sign;
using attest::reader::Attestation;
using attest::reader::ContentKind;
using attest::reader::ImageTree;
using attest::reader::Item;
using attest::reader::Node;
using attest::reader::NodeKind;

// A statement, by its digest, about a node of the tree.
using About = std::pair<size_t, oci::Digest>;

class Signer {
 public:
  Signer(const oci::Context& context, const ImageTree& tree, const SigningRequest& request,
         oci::content::Fetcher& content, oci::content::Store& staging)
      : context_(context), tree_(tree), request_(request), content_(content), staging_(staging) {}

  absl::StatusOr<Signatures> Run() {
    const std::vector<Attestation> all = attest::reader::ListAttestations(tree_);
    for (const Attestation& one : all) ABSL_RETURN_IF_ERROR(FindPresent(one));
    ABSL_ASSIGN_OR_RETURN(const std::vector<Attestation> wanted, attest::reader::Choose(tree_, all, request_.types));
    for (const Attestation& one : wanted) ABSL_RETURN_IF_ERROR(SignStatement(one));
    for (size_t i = 0; request_.images && i < tree_.nodes.size(); ++i) ABSL_RETURN_IF_ERROR(SignManifest(i));
    return std::move(signatures_);
  }

 private:
  const Item& ItemOf(const Attestation& one) const { return tree_.nodes[one.node].items[one.item]; }

  absl::Status FindPresent(const Attestation& one) {
    const Item& item = ItemOf(one);
    if (item.content.kind != ContentKind::kBundle) return absl::OkStatus();
    const absl::StatusOr<sign::Signature> signature =
        sign::CheckSignature(context_, content_, item.descriptor, item.content.kind, {request_.key.public_key()});
    ABSL_RETURN_IF_ERROR(context_.Check());
    if (signature.ok() && signature->result == sign::Signature::Result::kVerified) {
      present_.insert({one.about, *signature->payload});
    }
    return absl::OkStatus();
  }

  absl::Status SignStatement(const Attestation& one) {
    const Item& item = ItemOf(one);
    if (item.content.kind != ContentKind::kStatement) return absl::OkStatus();
    const Node& about = tree_.nodes[one.about];
    if (!item.content.IsAbout(about.descriptor.digest)) {
      signatures_.warnings.push_back(absl::StrCat("statement ", item.descriptor.digest.ToString(), " does not name ",
                                                  about.descriptor.digest.ToString(), " and is not signed"));
      return absl::OkStatus();
    }
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Source> statement, content_.Fetch(context_, item.descriptor));
    return Sign(one.about, item.predicate_type(), item.descriptor.digest, *statement);
  }

  absl::Status SignManifest(size_t number) {
    const NodeKind kind = tree_.nodes[number].kind;
    if (kind != NodeKind::kImage && kind != NodeKind::kAttestation && number != 0) return absl::OkStatus();
    const std::string statement = sign::SignatureStatement(tree_.nodes[number].descriptor.digest);
    return Sign(number, sign::kSignaturePredicate, oci::Digest::Of(statement), oci::io::StringSource(statement));
  }

  absl::Status Sign(size_t number, absl::string_view predicate_type, const oci::Digest& digest,
                    const oci::io::Source& statement) {
    // The same statement may lie in two manifests, as after a conversion.
    if (!done_.insert({number, digest}).second) return absl::OkStatus();
    if (present_.contains({number, digest})) {
      ++signatures_.present;
      return absl::OkStatus();
    }
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::content::BlobWriter> blob, staging_.NewWriter(context_));
    ABSL_RETURN_IF_ERROR(sign::WriteBundle(context_, request_.key, statement, *blob));
    ABSL_ASSIGN_OR_RETURN(const oci::Descriptor bundle, blob->Commit(context_, sign::kBundleType, {}));
    const Node& about = tree_.nodes[number];
    const oci::Descriptor subject{
        .media_type = about.descriptor.media_type, .digest = about.descriptor.digest, .size = about.size};
    oci::image::ManifestDocuments documents = sign::MakeBundleManifest(subject, bundle, predicate_type);
    signatures_.added.push_back({.subject = subject,
                                 .subject_name = attest::verify::NameOf(about),
                                 .predicate_type = std::string(predicate_type),
                                 .statement = digest,
                                 .manifest = documents.manifest.descriptor});
    for (oci::image::Document* document : {&documents.config, &documents.manifest}) {
      ABSL_RETURN_IF_ERROR(
          staging_.Push(context_, {.descriptor = document->descriptor,
                                   .source = std::make_unique<oci::io::StringSource>(std::move(document->bytes))}));
    }
    return absl::OkStatus();
  }

  const oci::Context& context_;
  const ImageTree& tree_;
  const SigningRequest& request_;
  oci::content::Fetcher& content_;
  oci::content::Store& staging_;
  std::set<About> present_;
  std::set<About> done_;
  Signatures signatures_;
};

}  // namespace

absl::StatusOr<Signatures> MakeSignatures(const oci::Context& context, const ImageTree& tree,
                                          const SigningRequest& request, oci::content::Fetcher& content,
                                          oci::content::Store& staging) {
  return Signer(context, tree, request, content, staging).Run();
}

}  // namespace waybill::cli::changing
