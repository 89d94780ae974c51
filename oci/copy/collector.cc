// SPDX-License-Identifier: Apache-2.0
#include "oci/copy/collector.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "oci/error.h"
#include "oci/image/attestation.h"
#include "oci/image/media_types.h"
#include "oci/image/referrers_tag.h"
#include "oci/status_macros.h"

namespace waybill::oci::copy {
namespace {

constexpr int kParallel = 32;
constexpr absl::string_view kCompanionSuffixes[] = {".sig", ".att", ".sbom"};

bool IsDocument(const Descriptor& descriptor) {
  return image::IsIndex(descriptor.media_type) || image::IsManifest(descriptor.media_type);
}

bool IsFor(const Descriptor& entry, const Platform& wanted) {
  return entry.platform.has_value() && Matches(wanted, Normalize(*entry.platform));
}

}  // namespace

absl::StatusOr<Collection> Collector::Run(const Context& context, const Descriptor& root) {
  collection_.root = root;
  if (options_.platform.has_value() && image::IsIndex(root.media_type)) {
    ABSL_ASSIGN_OR_RETURN(collection_.root, ChoosePlatform(context, root));
  }
  // First, so that it is no referrer of itself.
  next_.insert(next_.begin(), Visit{.descriptor = collection_.root});
  while (!next_.empty()) {
    const std::vector<Visit> visits = std::exchange(next_, {});
    std::vector<Found> found(visits.size());
    work::TaskGroup group(context, kParallel);
    for (size_t i = 0; i < visits.size(); ++i) AddTasks(group, visits[i], found[i]);
    ABSL_RETURN_IF_ERROR(group.Wait());
    for (size_t i = 0; i < visits.size(); ++i) ABSL_RETURN_IF_ERROR(Take(visits[i], found[i]));
  }
  return std::move(collection_);
}

// The index names what is about the image, also where no list of referrers does.
absl::StatusOr<Descriptor> Collector::ChoosePlatform(const Context& context, const Descriptor& root) {
  ABSL_ASSIGN_OR_RETURN(const std::string bytes, documents_.Read(context, root));
  ABSL_ASSIGN_OR_RETURN(const image::Index index, image::ParseIndex(bytes));
  const auto chosen = std::find_if(index.manifests.begin(), index.manifests.end(), [this](const Descriptor& entry) {
    return IsDocument(entry) && IsFor(entry, *options_.platform);
  });
  if (chosen == index.manifests.end()) {
    return NotFoundError(
        absl::StrCat("the index ", root.digest.ToString(), " lists no image for ", FormatShort(*options_.platform)));
  }
  for (const Descriptor& entry : index.manifests) {
    const std::optional<image::AttestationMark> mark = image::FindAttestationMark(entry, "", std::nullopt);
    if (options_.follow == Follow::kNone || !mark.has_value() || mark->image != chosen->digest) continue;
    ABSL_RETURN_IF_ERROR(Add({.descriptor = entry, .subject = chosen->digest, .is_referrer = true, .depth = 1}));
  }
  // What the entry says belongs to the index.
  return Descriptor{.media_type = chosen->media_type, .digest = chosen->digest, .size = chosen->size};
}

absl::Status Collector::Add(Visit visit) {
  if (taken_.contains(visit.descriptor.digest)) return absl::OkStatus();
  if (!asked_.emplace(visit.descriptor.digest, visit.subject).second) return absl::OkStatus();
  if (visit.depth > options_.limits.depth || asked_.size() > options_.limits.manifests) {
    return InvalidInputError(absl::StrCat("the image and what refers to it have more than ", options_.limits.manifests,
                                          " manifests, or more than ", options_.limits.depth,
                                          " steps from manifest to manifest"));
  }
  next_.push_back(std::move(visit));
  return absl::OkStatus();
}

bool Collector::Follows(const Visit& visit) const {
  if (options_.follow == Follow::kNone) return false;
  return options_.follow == Follow::kRecursive || !visit.is_referrer;
}

void Collector::AddTasks(work::TaskGroup& group, const Visit& visit, Found& found) {
  group.Add([this, &visit, &found](const Context& inner) { return Read(inner, visit, found); });
  if (!Follows(visit)) return;
  const auto [known, fresh] = about_.try_emplace(visit.descriptor.digest);
  if (!fresh) return;
  const Digest& subject = known->first;
  About& about = known->second;
  group.Add([this, &subject, &about](const Context& inner) { return List(inner, subject, about); });
  const std::string prefix = image::ReferrersTag(subject);
  for (const absl::string_view suffix : kCompanionSuffixes) {
    const std::string tag = absl::StrCat(prefix, suffix);
    if (!tags_.has_value() || tags_->contains(tag)) about.companions.emplace_back(tag, std::nullopt);
  }
  for (auto& [tag, manifest] : about.companions) {
    group.Add([this, &tag = tag, &manifest = manifest](const Context& inner) {
      absl::StatusOr<Descriptor> resolved = source_.names().Resolve(inner, tag);
      if (ReasonOf(resolved.status()) == Reason::kNotFound) return absl::OkStatus();
      if (resolved.ok()) manifest = *std::move(resolved);
      return resolved.status();
    });
  }
}

absl::Status Collector::Read(const Context& context, const Visit& visit, Found& found) {
  Descriptor document = visit.descriptor;
  // Lists of referrers are wrong about sizes at times, and the digest is what counts.
  if (visit.subject.has_value()) document.size = -1;
  const absl::StatusOr<std::string> bytes = documents_.Read(context, document);
  if (visit.subject.has_value() && ReasonOf(bytes.status()) == Reason::kNotFound) {
    found.is_missing = true;
    return absl::OkStatus();
  }
  const std::string name = document.digest.ToString();
  ABSL_RETURN_IF_ERROR(Annotate(bytes.status(), name));
  found.size = static_cast<int64_t>(bytes->size());
  if (image::IsIndex(document.media_type)) {
    absl::StatusOr<image::Index> index = image::ParseIndex(*bytes);
    if (!index.ok()) return Annotate(index.status(), name);
    if (index->subject.has_value()) found.subject = index->subject->digest;
    found.children = std::move(index->manifests);
    return absl::OkStatus();
  }
  absl::StatusOr<image::Manifest> manifest = image::ParseManifest(*bytes);
  if (!manifest.ok()) return Annotate(manifest.status(), name);
  if (manifest->subject.has_value()) found.subject = manifest->subject->digest;
  return absl::OkStatus();
}

absl::Status Collector::List(const Context& context, const Digest& subject, About& about) {
  const std::string name = absl::StrCat("referrers of ", subject.ToString());
  absl::StatusOr<content::ReferrerList> list =
      source_.referrers().ListReferrers(context, subject, options_.limits.manifests);
  if (!list.ok()) return Annotate(list.status(), name);
  if (list->is_cut) return InvalidInputError(absl::StrCat(name, ": more than ", options_.limits.manifests));
  for (content::Referrer& referrer : list->referrers) about.referrers.push_back(std::move(referrer.descriptor));
  return absl::OkStatus();
}

absl::Status Collector::Take(const Visit& visit, const Found& found) {
  if (taken_.contains(visit.descriptor.digest) || !IsReferrer(visit, found)) return absl::OkStatus();
  taken_.insert(visit.descriptor.digest);
  if (visit.subject.has_value()) {
    Descriptor referrer = visit.descriptor;
    referrer.size = found.size;
    collection_.referrers.push_back(std::move(referrer));
  }
  const int depth = visit.depth + 1;
  for (const Descriptor& child : found.children) {
    if (!IsDocument(child)) continue;
    ABSL_RETURN_IF_ERROR(Add({.descriptor = child, .is_referrer = visit.is_referrer, .depth = depth}));
  }
  return Follows(visit) ? TakeAbout(visit) : absl::OkStatus();
}

absl::Status Collector::TakeAbout(const Visit& visit) {
  const int depth = visit.depth + 1;
  const About& about = about_.at(visit.descriptor.digest);
  for (const Descriptor& referrer : about.referrers) {
    if (!IsDocument(referrer)) continue;
    ABSL_RETURN_IF_ERROR(
        Add({.descriptor = referrer, .subject = visit.descriptor.digest, .is_referrer = true, .depth = depth}));
  }
  for (const auto& [tag, manifest] : about.companions) {
    if (!manifest.has_value()) continue;
    collection_.companions.push_back({.manifest = *manifest, .tag = tag});
    ABSL_RETURN_IF_ERROR(Add({.descriptor = *manifest, .is_referrer = true, .depth = depth}));
  }
  return absl::OkStatus();
}

bool Collector::IsReferrer(const Visit& visit, const Found& found) {
  if (!visit.subject.has_value() || found.subject == visit.subject) return true;
  const absl::string_view why = found.is_missing ? "is not there"
                                : found.subject.has_value()
                                    ? "refers to another manifest"
                                    : "has no subject, as in the legacy form, so that only an index can name it";
  collection_.left_behind.push_back(
      absl::StrCat(visit.descriptor.digest.ToString(), " is listed for ", visit.subject->ToString(), " and ", why));
  return false;
}

CompanionTags ListCompanionTags(const Context& context, content::TagLister& tags, const Limits& limits) {
  const absl::StatusOr<content::TagList> list = tags.ListTags(context, limits.tags);
  if (!list.ok() || list->is_cut) return std::nullopt;
  return std::set<std::string>(list->tags.begin(), list->tags.end());
}

absl::StatusOr<Collection> Collect(const Context& context, places::OpenedImage& source, KeptDocuments& documents,
                                   const CompanionTags& tags, const Descriptor& root, const CollectOptions& options) {
  absl::StatusOr<Collection> collected = Collector(source, documents, tags, options).Run(context, root);
  return collected.ok() ? std::move(collected) : Annotate(collected.status(), "source");
}

}  // namespace waybill::oci::copy
