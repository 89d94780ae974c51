// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/image/attestations.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "attest/manifest.h"
#include "exporter/input/image/annotations.h"
#include "oci/image/attestation.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::exporter::input::image {
namespace {

using attest::AttestationManifest;

std::string Quoted(absl::string_view text) { return oci::words::Quoted(text, 200); }

class Collector {
 public:
  Collector(const oci::Context& context, const ImageContents& contents, const ImageParts& parts,
            oci::content::GraphBudget& budget)
      : context_(context), contents_(contents), parts_(parts), budget_(budget) {
    for (const ImportedImage& image : contents.images) known_.insert(image.descriptor.digest);
    for (const AttestationManifest& own : contents.attestations) known_.insert(own.descriptor.digest);
  }

  absl::StatusOr<std::map<oci::Digest, ImageStatements>> Collect(const oci::Descriptor& root) {
    if (parts_.referrers != nullptr) {
      if (contents_.is_index) ABSL_RETURN_IF_ERROR(AddReferrers(root.digest));
      for (const ImportedImage& image : contents_.images) ABSL_RETURN_IF_ERROR(AddReferrers(image.descriptor.digest));
      for (const AttestationManifest& own : contents_.attestations) {
        ABSL_RETURN_IF_ERROR(AddReferrers(own.descriptor.digest));
      }
    }
    std::map<oci::Digest, ImageStatements> statements;
    for (const ImportedImage& image : contents_.images) {
      statements.insert_or_assign(image.descriptor.digest, StatementsOf(image.descriptor.digest));
    }
    return statements;
  }

 private:
  absl::Status AddReferrers(const oci::Digest& subject) {
    absl::StatusOr<std::vector<oci::Descriptor>> listed = parts_.referrers(subject);
    if (!listed.ok()) return WarnOf(absl::StrCat("the referrers of ", subject.ToString(), " are"), listed.status());
    // Those that say that they are attestation manifests are looked at first; what a list says may be wrong.
    std::stable_partition(listed->begin(), listed->end(), [](const oci::Descriptor& entry) {
      return entry.artifact_type == oci::image::kAttestationManifest;
    });
    if (listed->size() > kMaxReferrers) {
      WarnOfImage(context_, absl::StrCat("of the ", listed->size(), " referrers of ", subject.ToString(), " the first ",
                                         kMaxReferrers, " are looked at"));
      listed->erase(listed->begin() + kMaxReferrers, listed->end());
    }
    for (const oci::Descriptor& entry : *listed) {
      if (known_.insert(entry.digest).second) ABSL_RETURN_IF_ERROR(AddReferrer(entry, subject));
    }
    return absl::OkStatus();
  }

  absl::Status AddReferrer(const oci::Descriptor& entry, const oci::Digest& subject) {
    if (!oci::image::IsManifest(entry.media_type)) {
      LeaveOut(entry, subject, entry.artifact_type.empty() ? entry.media_type : entry.artifact_type);
      return absl::OkStatus();
    }
    absl::StatusOr<oci::image::Manifest> manifest = ReadManifest(entry);
    if (!manifest.ok()) return WarnOf(absl::StrCat("the referrer ", entry.digest.ToString(), " is"), manifest.status());
    if (!manifest->subject.has_value() || manifest->subject->digest != subject) {
      WarnOfImage(context_, absl::StrCat("the referrer ", entry.digest.ToString(), " is left out: its subject is not ",
                                         subject.ToString()));
      return absl::OkStatus();
    }
    std::optional<AttestationManifest> attestation = attest::TakeApart(entry, *manifest);
    const bool of_image = std::any_of(contents_.images.begin(), contents_.images.end(),
                                      [&](const ImportedImage& image) { return image.descriptor.digest == subject; });
    if (attestation.has_value() && attestation->image == subject && of_image) {
      referrers_.push_back(*std::move(attestation));
    } else {
      LeaveOut(entry, subject, manifest->artifact_type.empty() ? manifest->config.media_type : manifest->artifact_type);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<oci::image::Manifest> ReadManifest(const oci::Descriptor& entry) {
    ABSL_ASSIGN_OR_RETURN(const std::string bytes, budget_.Read(context_, parts_.content, entry));
    return oci::image::ParseManifest(bytes);
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

  // The image comes without what cannot be read, unless nobody waits for it any more.
  absl::Status WarnOf(absl::string_view subject, const absl::Status& status) const {
    ABSL_RETURN_IF_ERROR(context_.Check());
    WarnOfImage(context_, absl::StrCat(subject, " left out: ", status.message()));
    return absl::OkStatus();
  }

  const oci::Context& context_;
  const ImageContents& contents_;
  const ImageParts& parts_;
  oci::content::GraphBudget& budget_;
  std::set<oci::Digest> known_;                 // manifests that were looked at
  std::vector<AttestationManifest> referrers_;  // about images, beside the index
};

}  // namespace

absl::StatusOr<std::map<oci::Digest, ImageStatements>> CollectStatements(const oci::Context& context,
                                                                         const oci::Descriptor& root,
                                                                         const ImageContents& contents,
                                                                         const ImageParts& parts,
                                                                         oci::content::GraphBudget& budget) {
  return Collector(context, contents, parts, budget).Collect(root);
}

}  // namespace waybill::exporter::input::image
