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
constexpr int kWriteRounds = 8;
constexpr absl::Duration kFirstWait = absl::Milliseconds(400);
constexpr absl::Duration kLongestWait = absl::Seconds(3);
// A round trip from the other side of the world, which is what another writer needs besides the registry's own time
// from its read to its write. Our own write shows the registry's time.
constexpr absl::Duration kFarthestWriter = absl::Milliseconds(250);
// What was read so long ago is read again before it is written upon: others wait for writers that are far away, not for
// those whose machine has no time for them.
constexpr absl::Duration kStale = absl::Milliseconds(100);

std::optional<Digest> DigestOf(const Referrers::FallbackState& state) {
  return state.index.has_value() ? std::optional<Digest>(state.index->digest) : std::nullopt;
}

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

absl::StatusOr<Referrers::FallbackState> Referrers::ReadFallback(const Context& context, const Digest& subject) {
  ABSL_ASSIGN_OR_RETURN(std::optional<transfer::FetchedManifest> index,
                        manifests_.Get(context, image::ReferrersTag(subject)));
  return FallbackState{std::move(index), host_.clock().Now()};
}

absl::StatusOr<std::optional<Referrers::WriteResult>> Referrers::WriteRound(const Context& context,
                                                                            const Descriptor& subject,
                                                                            const std::vector<Descriptor>& entries,
                                                                            const FallbackState& state,
                                                                            bool unconditional) {
  const std::string tag = image::ReferrersTag(subject.digest);
  const std::optional<transfer::FetchedManifest>& there = state.index;
  if (there.has_value() && there->digest == subject.digest) {
    return WriteResult{.reason = "the registry takes the tag for the digest of the image"};
  }
  if (there.has_value() && there->media_type != image::kOciIndex) {
    return WriteResult{.reason = absl::StrCat("the tag ", tag, " holds ", there->media_type)};
  }
  const absl::StatusOr<std::string> next = MergeReferrers(there.has_value() ? there->bytes : "", entries);
  if (!next.ok()) return WriteResult{.reason = std::string(next.status().message())};
  if (there.has_value() && *next == there->bytes) return WriteResult{.written = true};
  http::Headers conditions{{"If-None-Match", "*"}};
  if (there.has_value())
    conditions = {{"If-Match", there->etag.empty() ? absl::StrCat("\"", there->digest.ToString(), "\"") : there->etag}};
  if (unconditional) conditions = http::Headers();
  const absl::Time start = host_.clock().Now();
  ABSL_ASSIGN_OR_RETURN(const Answer answer, manifests_.Put(context, tag,
                                                            {.media_type = std::string(image::kOciIndex),
                                                             .bytes = *next,
                                                             .conditions = std::move(conditions)}));
  const int status = answer.reply.status;
  if (status == 412 && unconditional) {
    return WriteResult{.reason = std::string(manifests_.Refusal(tag, answer).message())};
  }
  if (status == 412) return std::nullopt;
  if (status >= 300) return WriteResult{.reason = std::string(manifests_.Refusal(tag, answer).message())};
  ABSL_ASSIGN_OR_RETURN(const bool listed,
                        StaysListed(context, subject.digest, entries, Digest::Of(*next), host_.clock().Now() - start));
  if (!listed) return std::nullopt;
  return WriteResult{.written = true};
}

absl::StatusOr<Referrers::WriteResult> Referrers::WriteFallback(const Context& context, const Descriptor& subject,
                                                                const std::vector<Descriptor>& entries,
                                                                std::optional<FallbackState> state) {
  absl::Duration wait = kFirstWait;
  int round = 0;
  const auto ended = [&](WriteResult result) {
    context.Observe(FallbackTagEnded{.written = result.written, .repaired = result.written && round > 0});
    return result;
  };
  for (; round < kWriteRounds; ++round) {
    if (round > 0) {
      ABSL_RETURN_IF_ERROR(host_.clock().Sleep(context, std::min(wait, kLongestWait) * host_.clock().Random()));
      wait *= 2;
    }
    if (round > 0 || !state.has_value() || host_.clock().Now() - state->read_at > kStale) {
      ABSL_ASSIGN_OR_RETURN(state, ReadFallback(context, subject.digest));
    }
    ABSL_ASSIGN_OR_RETURN(std::optional<WriteResult> result, WriteRound(context, subject, entries, *state, false));
    if (result.has_value()) return ended(*std::move(result));
    // A tag that stands as it stood has not been changed by another writer: the registry may not understand conditions,
    // or lets nobody change the tag.
    const std::optional<Digest> before = DigestOf(*state);
    ABSL_ASSIGN_OR_RETURN(state, ReadFallback(context, subject.digest));
    if (DigestOf(*state) != before) continue;
    ABSL_ASSIGN_OR_RETURN(result, WriteRound(context, subject, entries, *state, true));
    if (result.has_value()) return ended(*std::move(result));
  }
  return ended({.reason = absl::StrCat("other writers changed the tag ", kWriteRounds, " times")});
}

bool Referrers::Lists(const FallbackState& state, const std::vector<Descriptor>& entries) {
  if (!state.index.has_value()) return false;
  const auto missing = MissingReferrers(state.index->bytes, entries);
  return missing.ok() && missing->empty();
}

absl::StatusOr<bool> Referrers::StaysListed(const Context& context, const Digest& subject,
                                            const std::vector<Descriptor>& entries, const Digest& written,
                                            absl::Duration write_took) {
  Digest last = written;
  for (int round = 0; round < kWriteRounds; ++round) {
    ABSL_RETURN_IF_ERROR(host_.clock().Sleep(context, kFarthestWriter + std::min(write_took, kLongestWait)));
    ABSL_ASSIGN_OR_RETURN(const FallbackState state, ReadFallback(context, subject));
    if (!Lists(state, entries)) return false;
    // One who wrote meanwhile is seldom alone: another may have read before, and write later.
    if (state.index->digest == last) return true;
    last = state.index->digest;
  }
  return true;
}

}  // namespace waybill::oci::registry::referrers
