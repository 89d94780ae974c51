// SPDX-License-Identifier: Apache-2.0
#include "oci/layout/referrers.h"

#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/content/graph.h"
#include "oci/error.h"
#include "oci/image/media_types.h"
#include "oci/image/referrers_tag.h"
#include "oci/layout/layout.h"
#include "oci/status_macros.h"

namespace waybill::oci::layout {
namespace {

// A referrer that is listed by its annotation need not be read.
bool IsCandidate(const Descriptor& entry) {
  return !entry.annotations.contains(std::string(kSubjectDigest)) &&
         (image::IsManifest(entry.media_type) || image::IsIndex(entry.media_type));
}

// What a manifest or an index says when it refers to another.
struct Reference {
  std::optional<Descriptor> subject;
  std::string artifact_type;
};

absl::StatusOr<Reference> ParseReference(const Descriptor& entry, absl::string_view bytes) {
  if (image::IsIndex(entry.media_type)) {
    ABSL_ASSIGN_OR_RETURN(image::Index index, image::ParseIndex(bytes));
    return Reference{std::move(index.subject), std::move(index.artifact_type)};
  }
  ABSL_ASSIGN_OR_RETURN(image::Manifest manifest, image::ParseManifest(bytes));
  return Reference{std::move(manifest.subject), std::move(manifest.artifact_type)};
}

std::optional<Digest> SubjectOf(const Descriptor& entry, absl::string_view bytes) {
  const absl::StatusOr<Reference> reference = ParseReference(entry, bytes);
  if (!reference.ok() || !reference->subject.has_value()) return std::nullopt;
  return reference->subject->digest;
}

absl::StatusOr<Reference> ReadReference(const Context& context, content::Fetcher& content, const Descriptor& referrer) {
  ABSL_ASSIGN_OR_RETURN(const std::string bytes,
                        content::VerifiedBytes(context, content, referrer, image::kMaxManifestBytes));
  ABSL_ASSIGN_OR_RETURN(Reference reference, ParseReference(referrer, bytes));
  if (!reference.subject.has_value()) return InvalidInputError("it has no subject");
  return reference;
}

std::string NameOf(const Descriptor& referrer) { return absl::StrCat("referrer ", referrer.digest.ToString()); }

absl::StatusOr<std::vector<Descriptor>> ListedByTag(const Context& context, content::Fetcher& blobs,
                                                    const image::Index& index, const Digest& subject) {
  const std::string tag = image::ReferrersTag(subject);
  for (const Descriptor& entry : index.manifests) {
    const auto name = entry.annotations.find(std::string(kRefName));
    if (name == entry.annotations.end() || name->second != tag || entry.digest == subject) continue;
    absl::StatusOr<std::string> bytes = content::VerifiedBytes(context, blobs, entry, image::kMaxManifestBytes);
    if (!bytes.ok()) return Annotate(bytes.status(), absl::StrCat("the referrers tag ", tag));
    absl::StatusOr<image::Index> listed = image::ParseIndex(*bytes);
    if (!listed.ok()) return Annotate(listed.status(), absl::StrCat("the referrers tag ", tag));
    return std::move(listed->manifests);
  }
  return std::vector<Descriptor>();
}

}  // namespace

absl::StatusOr<Descriptor> ReadSubject(const Context& context, content::Fetcher& content, const Descriptor& referrer) {
  absl::StatusOr<Reference> reference = ReadReference(context, content, referrer);
  if (!reference.ok()) return Annotate(reference.status(), NameOf(referrer));
  return *std::move(reference->subject);
}

absl::StatusOr<Descriptor> ReferrerEntry(const Context& context, content::Fetcher& content,
                                         const Descriptor& referrer) {
  absl::StatusOr<Reference> reference = ReadReference(context, content, referrer);
  if (!reference.ok()) return Annotate(reference.status(), NameOf(referrer));
  return Descriptor{.media_type = referrer.media_type,
                    .digest = referrer.digest,
                    .size = referrer.size,
                    .annotations = {{std::string(kSubjectDigest), reference->subject->digest.ToString()}},
                    .artifact_type = std::move(reference->artifact_type)};
}

absl::StatusOr<const SubjectMap::Entries*> SubjectMap::Of(const Context& context, content::Fetcher& blobs,
                                                          const image::Index& index) {
  absl::MutexLock lock(&mutex_);
  if (entries_.has_value()) return &*entries_;
  Entries entries;
  content::GraphBudget budget;
  for (const Descriptor& entry : index.manifests) {
    if (!IsCandidate(entry)) continue;
    ABSL_RETURN_IF_ERROR(context.Check());
    ABSL_RETURN_IF_ERROR(budget.Count());
    const absl::StatusOr<std::string> bytes = budget.Read(context, blobs, entry);
    if (!bytes.ok()) continue;
    if (const std::optional<Digest> subject = SubjectOf(entry, *bytes)) entries[*subject].push_back(entry);
  }
  entries_ = std::move(entries);
  return &*entries_;
}

absl::StatusOr<content::ReferrerList> ListLayoutReferrers(const Context& context, content::Fetcher& blobs,
                                                          const image::Index& index, SubjectMap& subjects,
                                                          const Digest& subject, size_t limit) {
  content::ReferrerList list;
  std::set<Digest> known;
  const auto add = [&](const std::vector<Descriptor>& entries, content::ReferrerPlace place) {
    for (const Descriptor& entry : entries) {
      if (known.contains(entry.digest)) continue;
      if (list.referrers.size() == limit) {
        list.is_cut = true;
        return;
      }
      known.insert(entry.digest);
      list.referrers.push_back({.descriptor = entry, .place = place});
    }
  };
  add(FindReferrers(index, subject), content::ReferrerPlace::kLayout);
  ABSL_ASSIGN_OR_RETURN(const std::vector<Descriptor> tagged, ListedByTag(context, blobs, index, subject));
  add(tagged, content::ReferrerPlace::kFallbackTag);
  ABSL_ASSIGN_OR_RETURN(const SubjectMap::Entries* const by_subject, subjects.Of(context, blobs, index));
  if (const auto found = by_subject->find(subject); found != by_subject->end()) {
    add(found->second, content::ReferrerPlace::kLayout);
  }
  return list;
}

}  // namespace waybill::oci::layout
