// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/referrers/referrers.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/http/link.h"
#include "oci/http/url.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/image/referrers_tag.h"
#include "oci/json/json.h"
#include "oci/observer.h"
#include "oci/registry/referrers/fallback_tag.h"
#include "oci/registry/reply/reply_error.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::referrers {
namespace {

constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

// Answers of registries without the API: proxies and web front ends redirect or refuse in their own ways.
bool SaysNoApi(const http::Reply& reply) {
  switch (reply.status) {
    case 400:
    case 401:
    case 403:
    case 404:
    case 405:
    case 501:
      return true;
    case 200:
      return reply::IsWebPage(reply) && !json::Fields::Parse(reply.body).ok();
    default:
      return reply.status >= 300 && reply.status < 400;
  }
}

// A page is the registry's own, whatever host it gives: behind a proxy that is its inner name.
absl::StatusOr<http::Url> NextPage(const http::Url& at, absl::string_view link, absl::string_view path) {
  ABSL_ASSIGN_OR_RETURN(http::Url next, http::ResolveOwnLocation(at, link, path));
  if (http::SameOrigin(at, next) || !absl::StartsWith(next.path(), path)) return next;
  return at.Resolve(absl::StrCat(next.path(), next.query().empty() ? "" : "?", next.query()));
}

// A list that is none is the registry's fault, whatever was asked.
absl::Status BadList(const absl::Status& why, absl::string_view what) {
  return MakeError(Reason::kRefused, absl::StrCat(what, ": ", why.message()));
}

void KeepType(std::vector<Descriptor>& entries, const std::string& artifact_type) {
  if (artifact_type.empty()) return;
  std::erase_if(entries, [&](const Descriptor& entry) { return entry.artifact_type != artifact_type; });
}

}  // namespace

absl::StatusOr<std::optional<Referrers::Page>> Referrers::GetPage(const Context& context, const std::string& target) {
  const Call call{.target = target,
                  .headers = {{"Accept", std::string(image::kOciIndex)}},
                  .access = {.repository = repository_},
                  .reply_limit = kMaxReferrerPageBytes,
                  .follow = false,
                  .traffic = &traffic_};
  ABSL_ASSIGN_OR_RETURN(const Answer answer, host_.Send(context, call));
  if (SaysNoApi(answer.reply)) return std::nullopt;
  if (answer.reply.status != 200) return host_.Refusal(call, answer);
  absl::StatusOr<image::Index> index = image::ParseIndex(answer.reply.body);
  if (!index.ok()) return BadList(index.status(), absl::StrCat("referrers of ", repository_));
  Page page{.entries = std::move(index->manifests), .bytes = static_cast<int64_t>(answer.reply.body.size())};
  page.filtered = absl::StrContains(answer.reply.headers.Find("OCI-Filters-Applied").value_or(""), "artifactType");
  if (const auto next = http::NextLink(answer.reply.headers.FindAll("Link")); next.has_value()) {
    ABSL_ASSIGN_OR_RETURN(const http::Url at, http::Url::Parse(answer.reply.url));
    ABSL_ASSIGN_OR_RETURN(const http::Url url, NextPage(at, *next, absl::StrCat("/v2/", repository_, "/referrers/")));
    page.next = url.ToString();
  }
  return page;
}

absl::StatusOr<std::optional<std::vector<Descriptor>>> Referrers::ListByApi(const Context& context,
                                                                            const Digest& subject,
                                                                            const std::string& artifact_type,
                                                                            size_t limit) {
  std::string target = absl::StrCat("/v2/", repository_, "/referrers/", subject.ToString());
  if (!artifact_type.empty()) absl::StrAppend(&target, "?artifactType=", http::PercentEncode(artifact_type));
  std::vector<Descriptor> all;
  int64_t bytes = 0;
  std::set<std::string> asked;
  for (int i = 0; i < kMaxReferrerPages; ++i) {
    if (!asked.insert(target).second) return MakeError(Reason::kRefused, "the pages of referrers go in a circle");
    ABSL_ASSIGN_OR_RETURN(std::optional<Page> page, GetPage(context, target));
    if (!page.has_value()) {
      if (i == 0) return std::nullopt;
      return MakeError(Reason::kRefused,
                       absl::StrCat("a page of the referrers of ", subject.ToString(), " is missing"));
    }
    bytes += page->bytes;
    if (bytes > kMaxReferrerBytes) return MakeError(Reason::kRefused, "more than 64 MiB of referrers");
    if (!page->filtered) KeepType(page->entries, artifact_type);
    std::move(page->entries.begin(), page->entries.end(), std::back_inserter(all));
    if (page->next.empty() || all.size() > limit) return all;
    target = page->next;
  }
  return MakeError(Reason::kRefused, absl::StrCat("more than ", kMaxReferrerPages, " pages of referrers"));
}

absl::StatusOr<std::vector<Descriptor>> Referrers::ListByTag(const Context& context, const Digest& subject) {
  ABSL_ASSIGN_OR_RETURN(const auto fetched, manifests_.Get(context, image::ReferrersTag(subject)));
  // GitLab takes the tag for the digest and answers with the subject itself.
  if (!fetched.has_value() || fetched->digest == subject) return std::vector<Descriptor>{};
  if (fetched->media_type != image::kOciIndex) {
    return MakeError(Reason::kRefused, absl::StrCat("the tag ", image::ReferrersTag(subject), " holds ",
                                                    fetched->media_type, " instead of a list of referrers"));
  }
  absl::StatusOr<image::Index> index = image::ParseIndex(fetched->bytes);
  if (!index.ok()) return BadList(index.status(), absl::StrCat("the tag ", image::ReferrersTag(subject)));
  return std::move(index->manifests);
}

absl::StatusOr<std::vector<Descriptor>> Referrers::List(const Context& context, const Digest& subject,
                                                        const std::string& artifact_type) {
  ABSL_ASSIGN_OR_RETURN(std::optional<std::vector<Descriptor>> listed,
                        ListByApi(context, subject, artifact_type, kNoLimit));
  if (listed.has_value()) return *std::move(listed);
  ABSL_ASSIGN_OR_RETURN(std::vector<Descriptor> tagged, ListByTag(context, subject));
  KeepType(tagged, artifact_type);
  return tagged;
}

absl::StatusOr<content::ReferrerList> Referrers::ListReferrers(const Context& context, const Digest& subject,
                                                               size_t limit) {
  std::optional<std::vector<Descriptor>> listed;
  content::ReferrerPlace place = content::ReferrerPlace::kApi;
  if (host_.memory().referrers_api(repository_) != Learned::kNo) {
    ABSL_ASSIGN_OR_RETURN(listed, ListByApi(context, subject, /*artifact_type=*/"", limit));
    host_.memory().set_referrers_api(repository_, listed.has_value() ? Learned::kYes : Learned::kNo);
  }
  if (!listed.has_value()) {
    ABSL_ASSIGN_OR_RETURN(listed, ListByTag(context, subject));
    place = content::ReferrerPlace::kFallbackTag;
  }
  content::ReferrerList list{.is_cut = listed->size() > limit};
  for (Descriptor& entry : *listed) {
    if (list.referrers.size() == limit) break;
    list.referrers.push_back({.descriptor = std::move(entry), .place = place});
  }
  return list;
}

absl::StatusOr<bool> Referrers::HasApi(const Context& context, const Digest& subject) {
  const Learned known = host_.memory().referrers_api(repository_);
  if (known != Learned::kUnknown) return known == Learned::kYes;
  ABSL_ASSIGN_OR_RETURN(const std::optional<Page> page,
                        GetPage(context, absl::StrCat("/v2/", repository_, "/referrers/", subject.ToString())));
  host_.memory().set_referrers_api(repository_, page.has_value() ? Learned::kYes : Learned::kNo);
  return page.has_value();
}

SharedTag Referrers::FallbackTag(const Digest& subject) const {
  return {host_, repository_, traffic_, image::ReferrersTag(subject)};
}

absl::StatusOr<TagState> Referrers::ReadFallback(const Context& context, const Digest& subject) {
  return FallbackTag(subject).Read(context);
}

absl::StatusOr<TagWrite> Referrers::WriteFallback(const Context& context, const Descriptor& subject,
                                                  const std::vector<Descriptor>& entries,
                                                  std::optional<TagState> state) {
  const auto next = [&](const std::optional<transfer::FetchedManifest>& there) -> absl::StatusOr<std::string> {
    if (there.has_value() && there->digest == subject.digest) {
      return MakeError(Reason::kRefused, "the registry takes the tag for the digest of the image");
    }
    if (there.has_value() && there->media_type != image::kOciIndex) {
      return MakeError(Reason::kRefused,
                       absl::StrCat("the tag ", image::ReferrersTag(subject.digest), " holds ", there->media_type));
    }
    return MergeReferrers(there.has_value() ? there->bytes : "", entries);
  };
  ABSL_ASSIGN_OR_RETURN(TagWrite write, FallbackTag(subject.digest)
                                            .Write(context, {.media_type = std::string(image::kOciIndex), .next = next},
                                                   std::move(state)));
  context.Observe(FallbackTagEnded{.written = write.written, .repaired = write.repaired});
  return write;
}

bool Referrers::Lists(const TagState& state, const std::vector<Descriptor>& entries) {
  if (!state.manifest.has_value()) return false;
  const auto missing = MissingReferrers(state.manifest->bytes, entries);
  return missing.ok() && missing->empty();
}

}  // namespace waybill::oci::registry::referrers
