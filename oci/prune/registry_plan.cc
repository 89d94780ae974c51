// SPDX-License-Identifier: Apache-2.0
#include "oci/prune/registry_plan.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/image/media_types.h"
#include "oci/status_macros.h"
#include "oci/work/task_group.h"

namespace waybill::oci::prune {
namespace {

using registry::transfer::FetchedManifest;

constexpr int kParallel = 16;

bool Lists(const std::vector<Descriptor>& entries, const Digest& digest) {
  return std::any_of(entries.begin(), entries.end(), [&](const Descriptor& entry) { return entry.digest == digest; });
}

std::string SubjectIsGone(const Digest& subject) {
  return absl::StrCat("its subject ", subject.ToString(), " is gone");
}

}  // namespace

absl::StatusOr<Plan> RegistryPlanner::Run(const Context& context, const std::vector<ReferrerTag>& tags) {
  Presence there;
  ABSL_RETURN_IF_ERROR(AskSubjects(context, tags, there));
  std::vector<Plan> found(tags.size());
  work::TaskGroup group(context, kParallel);
  for (size_t i = 0; i < tags.size(); ++i) {
    group.Add([&, i](const Context& inner) {
      const absl::Status looked = Look(inner, tags[i], there.at(tags[i].subject), found[i]);
      if (!looked.ok()) found[i] = {.items = {}, .doubts = {{tags[i].tag, std::string(looked.message())}}};
      return inner.Check();
    });
  }
  ABSL_RETURN_IF_ERROR(group.Wait());
  Plan plan;
  for (Plan& one : found) {
    std::move(one.items.begin(), one.items.end(), std::back_inserter(plan.items));
    std::move(one.doubts.begin(), one.doubts.end(), std::back_inserter(plan.doubts));
  }
  return plan;
}

absl::Status RegistryPlanner::AskSubjects(const Context& context, const std::vector<ReferrerTag>& tags,
                                          Presence& there) {
  for (const ReferrerTag& tag : tags) there.emplace(tag.subject, true);
  work::TaskGroup group(context, kParallel);
  for (auto& [subject, is_there] : there) {
    group.Add([this, &subject = subject, &is_there = is_there](const Context& inner) {
      is_there = manifests_.Exists(inner, subject.ToString());
      return inner.Check();
    });
  }
  return group.Wait();
}

absl::Status RegistryPlanner::Look(const Context& context, const ReferrerTag& tag, const absl::StatusOr<bool>& there,
                                   Plan& found) {
  if (!there.ok()) {
    return Annotate(there.status(), absl::StrCat("whether its subject ", tag.subject.ToString(), " is there"));
  }
  if (tag.kind == Kind::kCosignTag && *there) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const std::optional<FetchedManifest> fetched, manifests_.Get(context, tag.tag));
  if (!fetched.has_value()) return absl::OkStatus();  // removed meanwhile
  if (tag.kind == Kind::kFallbackTag) return LookAtList(context, tag, *there, *fetched, found);
  found.items.push_back({.kind = tag.kind,
                         .tag = tag.tag,
                         .digest = fetched->digest,
                         .size = static_cast<int64_t>(fetched->bytes.size()),
                         .why = SubjectIsGone(tag.subject),
                         .subject = tag.subject,
                         .list = std::nullopt});
  return absl::OkStatus();
}

absl::Status RegistryPlanner::LookAtList(const Context& context, const ReferrerTag& tag, bool is_subject_there,
                                         const FetchedManifest& list, Plan& found) {
  if (list.media_type != image::kOciIndex) {
    // GitLab takes the tag for the digest, and somebody may have given an image this tag.
    if (is_subject_there) return absl::OkStatus();
    return InvalidInputError(absl::StrCat("it holds ", list.media_type, " and no list of referrers"));
  }
  ABSL_ASSIGN_OR_RETURN(const image::Index index, image::ParseIndex(list.bytes));
  if (list.digest == tag.subject || (is_subject_there && index.manifests.empty())) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const std::vector<Descriptor> gone, GoneEntries(context, index));
  if (is_subject_there && gone.empty()) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(CheckReferrers(context, tag.subject, index, gone));
  if (!is_subject_there) {
    found.items.push_back({.kind = tag.kind,
                           .tag = tag.tag,
                           .digest = list.digest,
                           .size = static_cast<int64_t>(list.bytes.size()),
                           .why = SubjectIsGone(tag.subject),
                           .subject = tag.subject,
                           .list = std::nullopt});
    return absl::OkStatus();
  }
  for (const Descriptor& entry : gone) {
    found.items.push_back({.kind = Kind::kFallbackEntry,
                           .tag = tag.tag,
                           .digest = entry.digest,
                           .size = entry.size,
                           .why = "the manifest is gone",
                           .subject = std::nullopt,
                           .list = list.digest});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Descriptor>> RegistryPlanner::GoneEntries(const Context& context, const image::Index& list) {
  const auto count = static_cast<int64_t>(list.manifests.size());
  if (entries_left_.fetch_sub(count) < count) {
    return InvalidInputError(absl::StrCat("it lists ", count, " manifests, more than are looked at"));
  }
  std::vector<Descriptor> gone;
  for (const Descriptor& entry : list.manifests) {
    ABSL_ASSIGN_OR_RETURN(const bool is_there, manifests_.Exists(context, entry.digest.ToString()));
    if (!is_there) gone.push_back(entry);
  }
  return gone;
}

absl::Status RegistryPlanner::CheckReferrers(const Context& context, const Digest& subject, const image::Index& list,
                                             const std::vector<Descriptor>& gone) {
  for (const Descriptor& entry : list.manifests) {
    const std::string name = entry.digest.ToString();
    if (entry.platform.has_value()) {
      return InvalidInputError(absl::StrCat("it lists ", name, " with a platform, as the index of an image does"));
    }
    if (Lists(gone, entry.digest)) continue;
    ABSL_ASSIGN_OR_RETURN(const std::optional<FetchedManifest> fetched, manifests_.Get(context, name));
    if (!fetched.has_value() || SubjectOf(fetched->media_type, fetched->bytes) != subject) {
      return InvalidInputError(absl::StrCat("it lists ", name, ", which does not refer to ", subject.ToString()));
    }
  }
  return absl::OkStatus();
}

}  // namespace waybill::oci::prune
