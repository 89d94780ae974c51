// SPDX-License-Identifier: Apache-2.0
#include "oci/prune/registry_pruner.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/http/headers.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/prune/registry_plan.h"
#include "oci/registry/referrers/fallback_tag.h"
#include "oci/registry/reply/reply_error.h"
#include "oci/status_macros.h"
#include "oci/work/task_group.h"

namespace waybill::oci::prune {
namespace {

using registry::transfer::FetchedManifest;

constexpr int kParallelTags = 16;

Outcome Removed() { return {}; }
Outcome Skipped(absl::string_view why) {
  return {.how = Outcome::How::kSkipped, .why = std::string(why), .status = {}};
}
Outcome Failed(absl::Status status) { return {.how = Outcome::How::kFailed, .why = "", .status = std::move(status)}; }

// How registries refuse a DELETE that they do not offer (distribution-spec, "Deleting Tags", "Deleting Manifests").
bool IsNotOffered(const absl::Status& refusal) {
  const ErrorMetadata metadata = MetadataOf(refusal);
  const auto status = metadata.find(std::string(registry::reply::kStatusKey));
  return status != metadata.end() && (status->second == "400" || status->second == "405" || status->second == "501");
}

}  // namespace

absl::StatusOr<Plan> RegistryPruner::MakePlan(const Context& context) {
  ABSL_ASSIGN_OR_RETURN(const content::TagList list, tags_.ListTags(context, options_.tags));
  std::vector<ReferrerTag> tags;
  for (const std::string& tag : list.tags) {
    if (std::optional<ReferrerTag> parsed = ParseReferrerTag(tag)) tags.push_back(*std::move(parsed));
  }
  ABSL_ASSIGN_OR_RETURN(Plan plan, RegistryPlanner(manifests_, options_.entries).Run(context, tags));
  if (list.is_cut) {
    plan.doubts.push_back({"the other tags", absl::StrCat("more than ", options_.tags, " tags are not looked at")});
  }
  return plan;
}

absl::StatusOr<std::vector<Outcome>> RegistryPruner::Apply(const Context& context, const Plan& plan) {
  std::vector<Outcome> outcomes;
  while (outcomes.size() < plan.items.size()) {
    ABSL_RETURN_IF_ERROR(context.Check());
    const Item& item = plan.items[outcomes.size()];
    if (item.kind != Kind::kFallbackEntry) {
      outcomes.push_back(RemoveTag(context, item));
      continue;
    }
    // One write for each list.
    std::vector<Item> entries;
    for (size_t i = outcomes.size(); i < plan.items.size(); ++i) {
      if (plan.items[i].kind != item.kind || plan.items[i].tag != item.tag) break;
      entries.push_back(plan.items[i]);
    }
    for (Outcome& outcome : RemoveEntries(context, entries)) outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

Outcome RegistryPruner::RemoveTag(const Context& context, const Item& item) {
  const absl::StatusOr<std::optional<FetchedManifest>> now = manifests_.Get(context, item.tag);
  if (!now.ok()) return Skipped(now.status().message());
  if (!now->has_value()) return Removed();
  if ((*now)->digest != item.digest) return Skipped(absl::StrCat("it names ", (*now)->digest.ToString(), " now"));
  // As late as can be.
  const absl::StatusOr<bool> is_there = manifests_.Exists(context, item.subject->ToString());
  if (!is_there.ok()) return Skipped(is_there.status().message());
  if (*is_there) return Skipped("its subject is there again");
  return Delete(context, item);
}

absl::Status RegistryPruner::DeleteTag(const Context& context, const std::string& tag) {
  ABSL_RETURN_IF_ERROR(manifests_.Delete(context, tag));
  ABSL_ASSIGN_OR_RETURN(const std::optional<FetchedManifest> now, manifests_.Get(context, tag));
  if (!now.has_value()) return absl::OkStatus();
  return MakeError(Reason::kRefused, "the registry took the DELETE of the tag, which is still there",
                   {{std::string(registry::reply::kStatusKey), "501"}});
}

Outcome RegistryPruner::Delete(const Context& context, const Item& item) {
  if (refusal_.ok()) {
    const absl::Status deleted = DeleteTag(context, item.tag);
    if (deleted.ok()) return Removed();
    if (!IsNotOffered(deleted)) return Failed(deleted);
    refusal_ = deleted;
  }
  const absl::Status once = CheckNamedOnce(context, item);
  if (!once.ok()) return Failed(once);
  const absl::Status deleted = manifests_.Delete(context, item.digest.ToString());
  if (deleted.ok()) return Removed();
  if (!IsNotOffered(deleted)) return Failed(deleted);
  return Failed(Annotate(deleted, "the registry deletes neither tags nor manifests"));
}

absl::Status RegistryPruner::CheckNamedOnce(const Context& context, const Item& item) {
  const auto refuse = [&](absl::string_view why) {
    return Annotate(refusal_, absl::StrCat("the registry does not delete tags, and ", why));
  };
  ABSL_ASSIGN_OR_RETURN(const content::TagList list, tags_.ListTags(context, options_.tags));
  if (list.is_cut) return refuse("it has too many tags to tell that no other names the manifest");
  std::vector<absl::Status> others(list.tags.size());
  work::TaskGroup group(context, kParallelTags);
  for (size_t i = 0; i < others.size(); ++i) {
    if (list.tags[i] == item.tag) continue;
    group.Add([&, i](const Context& inner) {
      const absl::StatusOr<std::optional<Digest>> digest = manifests_.Head(inner, list.tags[i]);
      if (!digest.ok() || !digest->has_value()) {
        others[i] = refuse(absl::StrCat("what the tag ", list.tags[i], " names is not known"));
      } else if (**digest == item.digest) {
        others[i] = refuse(absl::StrCat("the tag ", list.tags[i], " names the same manifest"));
      }
      return inner.Check();
    });
  }
  ABSL_RETURN_IF_ERROR(group.Wait());
  for (absl::Status& other : others) ABSL_RETURN_IF_ERROR(std::move(other));
  return absl::OkStatus();
}

std::vector<Outcome> RegistryPruner::RemoveEntries(const Context& context, const std::vector<Item>& entries) {
  const std::string& tag = entries.front().tag;
  const auto all = [&](const Outcome& outcome) { return std::vector<Outcome>(entries.size(), outcome); };
  std::vector<Outcome> outcomes(entries.size());
  std::vector<Digest> removed;
  for (size_t i = 0; i < entries.size(); ++i) {
    const absl::StatusOr<bool> is_there = manifests_.Exists(context, entries[i].digest.ToString());
    if (!is_there.ok()) {
      outcomes[i] = Skipped(is_there.status().message());
    } else if (*is_there) {
      outcomes[i] = Skipped("the manifest is there again");
    } else {
      removed.push_back(entries[i].digest);
    }
  }
  if (removed.empty()) return outcomes;
  // As late as can be: what another adds to the list between this and the write is lost.
  const absl::StatusOr<std::optional<FetchedManifest>> list = manifests_.Get(context, tag);
  if (!list.ok()) return all(Skipped(list.status().message()));
  if (!list->has_value()) return all(Removed());
  if ((*list)->digest != entries.front().list) return all(Skipped("the list has changed since the plan was made"));
  const Outcome rewritten = Rewrite(context, tag, **list, removed);
  for (Outcome& outcome : outcomes) {
    if (outcome.how == Outcome::How::kRemoved) outcome = rewritten;
  }
  return outcomes;
}

Outcome RegistryPruner::Rewrite(const Context& context, const std::string& tag, const FetchedManifest& list,
                                const std::vector<Digest>& removed) {
  const absl::StatusOr<std::string> next = registry::referrers::WithoutReferrers(list.bytes, removed);
  if (!next.ok()) return Failed(next.status());
  const absl::StatusOr<image::Index> left = image::ParseIndex(*next);
  if (left.ok() && left->manifests.empty() && DeleteTag(context, tag).ok()) return Removed();
  registry::transfer::ManifestPut put{.media_type = list.media_type, .bytes = *next, .tags = {}, .conditions = {}};
  put.conditions =
      http::Headers{{"If-Match", list.etag.empty() ? absl::StrCat("\"", list.digest.ToString(), "\"") : list.etag}};
  absl::StatusOr<registry::Answer> answer = manifests_.Put(context, tag, put);
  if (answer.ok() && answer->reply.status == 412) {
    // The registry may not understand the condition.
    const absl::StatusOr<std::optional<FetchedManifest>> now = manifests_.Get(context, tag);
    if (!now.ok()) return Skipped(now.status().message());
    if (!now->has_value() || (*now)->digest != list.digest) return Skipped("the list has changed meanwhile");
    put.conditions = std::nullopt;
    answer = manifests_.Put(context, tag, put);
  }
  if (!answer.ok()) return Failed(answer.status());
  if (answer->reply.status >= 300) return Failed(manifests_.Refusal(tag, *answer));
  const absl::Status stored = manifests_.CheckStored(context, *answer, Digest::Of(*next));
  return stored.ok() ? Removed() : Failed(stored);
}

}  // namespace waybill::oci::prune
