// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/image/attestations.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "attest/manifest.h"
#include "attest/reader/reader.h"
#include "attest/reader/tree.h"
#include "exporter/input/image/annotations.h"
#include "oci/content/graph.h"
#include "oci/content/referrers.h"
#include "oci/error.h"
#include "oci/image/media_types.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::exporter::input::image {
namespace {

using attest::AttestationManifest;
using attest::reader::Edge;
using attest::reader::ImageTree;
using attest::reader::Node;
using attest::reader::NodeKind;
using attest::reader::SubjectMatch;

std::string Quoted(absl::string_view text) { return oci::words::Quoted(text, 200); }

// Attestation manifests first, because the reader takes so many entries of a list. What a list says may be wrong.
class OwnTypeFirst final : public oci::content::ReferrerLister {
 public:
  explicit OwnTypeFirst(oci::content::ReferrerLister& lister) : lister_(lister) {}

  absl::StatusOr<oci::content::ReferrerList> ListReferrers(const oci::Context& context, const oci::Digest& subject,
                                                           size_t limit) override {
    ABSL_ASSIGN_OR_RETURN(oci::content::ReferrerList list,
                          lister_.ListReferrers(context, subject, std::max(limit, kMaxListedReferrers)));
    std::vector<oci::content::Referrer>& referrers = list.referrers;
    std::stable_partition(referrers.begin(), referrers.end(), [](const oci::content::Referrer& entry) {
      return entry.descriptor.artifact_type == oci::image::kAttestationManifest;
    });
    if (referrers.size() > limit) {
      list.is_cut = true;
      referrers.erase(referrers.begin() + static_cast<ptrdiff_t>(limit), referrers.end());
    }
    return list;
  }

 private:
  oci::content::ReferrerLister& lister_;
};

AttestationManifest ManifestOf(const Node& node) {
  AttestationManifest manifest{
      .descriptor = node.descriptor, .form = node.form, .image = node.image, .annotations = node.annotations};
  for (const attest::reader::Item& item : node.items) manifest.statements.push_back(item.descriptor);
  return manifest;
}

class Collector {
 public:
  Collector(const oci::Context& context, const ImageContents& contents, const ImageParts& parts)
      : context_(context), contents_(contents), parts_(parts) {}

  absl::StatusOr<std::map<oci::Digest, ImageStatements>> Collect(const oci::Descriptor& root) {
    if (parts_.referrers != nullptr) ABSL_RETURN_IF_ERROR(ReadReferrers(root));
    std::map<oci::Digest, ImageStatements> statements;
    for (const ImportedImage& image : contents_.images) {
      statements.insert_or_assign(image.descriptor.digest, StatementsOf(image.descriptor.digest));
    }
    return statements;
  }

 private:
  absl::Status ReadReferrers(const oci::Descriptor& root) {
    std::vector<oci::Descriptor> subjects;
    if (contents_.is_index) subjects.push_back(root);
    for (const ImportedImage& image : contents_.images) subjects.push_back(image.descriptor);
    for (const AttestationManifest& own : contents_.attestations) subjects.push_back(own.descriptor);
    for (const oci::Descriptor& subject : subjects) known_.insert(subject.digest);
    OwnTypeFirst referrers(*parts_.referrers);
    ABSL_ASSIGN_OR_RETURN(const ImageTree tree,
                          attest::reader::ReadReferrers(context_, parts_.content, referrers, subjects,
                                                        {.look = false,
                                                         .limits = {.depth = 1,
                                                                    .manifests = oci::content::kMaxGraphNodes,
                                                                    .listed = kMaxReferrers,
                                                                    .items = std::numeric_limits<size_t>::max()}}));
    const size_t first_referrer = known_.size();
    for (size_t i = 0; i < first_referrer; ++i) TakeReferrers(tree, tree.nodes[i]);
    return absl::OkStatus();
  }

  void TakeReferrers(const ImageTree& tree, const Node& subject) {
    const std::string name = subject.descriptor.digest.ToString();
    if (!subject.referrers_status.ok())
      return WarnOf(absl::StrCat("the referrers of ", name, " are"), subject.referrers_status);
    if (subject.left_out > 0) {
      WarnOfImage(context_, absl::StrCat("of the referrers of ", name, " the first ", kMaxReferrers, " are looked at"));
    }
    for (const Edge& edge : subject.referrers) {
      if (known_.insert(edge.descriptor.digest).second) TakeReferrer(tree, edge, subject.descriptor.digest);
    }
  }

  void TakeReferrer(const ImageTree& tree, const Edge& edge, const oci::Digest& subject) {
    const oci::Descriptor& entry = edge.descriptor;
    if (!oci::image::IsManifest(entry.media_type)) {
      return LeaveOut(entry, subject, entry.artifact_type.empty() ? entry.media_type : entry.artifact_type);
    }
    const std::string name = absl::StrCat("the referrer ", entry.digest.ToString(), " is");
    if (!edge.node.has_value()) return WarnOf(name, oci::InvalidInputError("the image has too many referrers"));
    const Node& node = tree.nodes[*edge.node];
    if (node.kind == NodeKind::kUnread) return WarnOf(name, node.status);
    if (edge.match != SubjectMatch::kMatches) {
      return WarnOfImage(context_, absl::StrCat(name, " left out: its subject is not ", subject.ToString()));
    }
    const bool of_image = std::any_of(contents_.images.begin(), contents_.images.end(),
                                      [&](const ImportedImage& image) { return image.descriptor.digest == subject; });
    if (node.kind == NodeKind::kAttestation && node.image == subject && of_image) {
      referrers_.push_back(ManifestOf(node));
    } else {
      LeaveOut(entry, subject, node.artifact_type.empty() ? node.config_type : node.artifact_type);
    }
  }

  ImageStatements StatementsOf(const oci::Digest& image) const {
    ImageStatements result;
    std::set<oci::Digest> seen;
    std::set<std::string> own_types;
    for (const AttestationManifest& own : contents_.attestations) {
      if (own.image != image) continue;
      WarnOfLostAnnotations(context_, own.annotations, own.descriptor);
      if (own.statements.empty()) ++result.empty;
      for (const oci::Descriptor& statement : own.statements) {
        own_types.insert(attest::PredicateTypeOf(statement));
        if (seen.insert(statement.digest).second) result.statements.push_back(statement);
      }
    }
    own_types.erase("");
    std::map<std::string, std::set<oci::Digest>> kept_of;  // predicate type to the referrers that have it
    for (const AttestationManifest& referrer : referrers_) {
      if (referrer.image == image) AddStatements(referrer, own_types, seen, kept_of, result);
    }
    for (const auto& [type, manifests] : kept_of) {
      if (manifests.size() < 2) continue;
      WarnOfImage(context_,
                  absl::StrCat("the image ", image.ToString(), " has different statements of type \"", Quoted(type),
                               "\" in several attestation manifests; all are kept: ", Names(manifests)));
    }
    return result;
  }

  void AddStatements(const AttestationManifest& referrer, const std::set<std::string>& own_types,
                     std::set<oci::Digest>& seen, std::map<std::string, std::set<oci::Digest>>& kept_of,
                     ImageStatements& result) const {
    std::set<std::string> left_out;
    WarnOfLostAnnotations(context_, referrer.annotations, referrer.descriptor);
    for (const oci::Descriptor& statement : referrer.statements) {
      if (seen.contains(statement.digest)) continue;
      const std::string type = attest::PredicateTypeOf(statement);
      if (own_types.contains(type)) {
        left_out.insert(Quoted(type));
        continue;
      }
      seen.insert(statement.digest);
      result.statements.push_back(statement);
      if (!type.empty()) kept_of[type].insert(referrer.descriptor.digest);
    }
    if (left_out.empty()) return;
    WarnOfImage(context_, absl::StrCat("statements of the referrer ", referrer.descriptor.digest.ToString(),
                                       " are left out, because the attestation manifest in the image's index has the "
                                       "same types: ",
                                       absl::StrJoin(left_out, ", ")));
  }

  static std::string Names(const std::set<oci::Digest>& digests) {
    return absl::StrJoin(digests, ", ",
                         [](std::string* out, const oci::Digest& digest) { absl::StrAppend(out, digest.ToString()); });
  }

  void LeaveOut(const oci::Descriptor& entry, const oci::Digest& subject, absl::string_view type) const {
    WarnOfImage(context_, absl::StrCat("the referrer ", entry.digest.ToString(), " (", Quoted(type), ") of ",
                                       subject.ToString(), " is left out: no build result can hold it"));
  }

  // The image comes without what cannot be read.
  void WarnOf(absl::string_view subject, const absl::Status& status) const {
    WarnOfImage(context_, absl::StrCat(subject, " left out: ", status.message()));
  }

  const oci::Context& context_;
  const ImageContents& contents_;
  const ImageParts& parts_;
  std::set<oci::Digest> known_;                 // manifests that were looked at
  std::vector<AttestationManifest> referrers_;  // about images, beside the index
};

}  // namespace

absl::StatusOr<std::map<oci::Digest, ImageStatements>> CollectStatements(const oci::Context& context,
                                                                         const oci::Descriptor& root,
                                                                         const ImageContents& contents,
                                                                         const ImageParts& parts) {
  return Collector(context, contents, parts).Collect(root);
}

}  // namespace waybill::exporter::input::image
