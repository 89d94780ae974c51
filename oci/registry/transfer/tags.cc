// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/transfer/tags.h"

#include <optional>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/http/link.h"
#include "oci/http/url.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::transfer {
namespace {

// Of one page; registries give fewer where they like.
constexpr int kTagsPerPage = 1000;
// distribution-spec, "Pulling manifests".
constexpr size_t kMaxTagLength = 128;

// None for null, which some registries write for an empty list.
absl::StatusOr<std::vector<std::string>> ParseTags(absl::string_view body) {
  ABSL_ASSIGN_OR_RETURN(const json::Fields fields, json::Fields::Parse(body));
  const absl::string_view raw = fields.Find("tags");
  std::vector<std::string> tags;
  if (raw.empty() || raw == "null") return tags;
  ABSL_RETURN_IF_ERROR(json::VisitElements(raw, [&](absl::string_view element) {
    ABSL_ASSIGN_OR_RETURN(std::string tag, json::DecodeString(element));
    if (tag.empty() || tag.size() > kMaxTagLength) return InvalidInputError("a tag is empty or too long");
    tags.push_back(std::move(tag));
    return absl::OkStatus();
  }));
  return tags;
}

}  // namespace

absl::StatusOr<Tags::Page> Tags::GetPage(const Context& context, const std::string& target) {
  const Call call{
      .target = target, .access = {.repository = repository_}, .reply_limit = kMaxTagPageBytes, .traffic = &traffic_};
  ABSL_ASSIGN_OR_RETURN(const Answer answer, host_.Send(context, call));
  if (answer.reply.status != 200) return host_.Refusal(call, answer);
  absl::StatusOr<std::vector<std::string>> tags = ParseTags(answer.reply.body);
  if (!tags.ok()) {
    return MakeError(Reason::kRefused, absl::StrCat("the tags of ", repository_, ": ", tags.status().message()));
  }
  Page page{.tags = *std::move(tags)};
  if (const auto next = http::NextLink(answer.reply.headers.FindAll("Link")); next.has_value()) {
    ABSL_ASSIGN_OR_RETURN(const http::Url at, http::Url::Parse(answer.reply.url));
    // The list is the registry's own, whatever host it gives: behind a proxy that is its inner name.
    ABSL_ASSIGN_OR_RETURN(const http::Url url, http::ResolveOwnLocation(at, *next, "/v2/"));
    page.next = absl::StrCat(url.path(), url.query().empty() ? "" : "?", url.query());
  }
  return page;
}

absl::StatusOr<content::TagList> Tags::ListTags(const Context& context, size_t limit) {
  std::set<std::string> tags;
  std::set<std::string> asked;
  std::string target = absl::StrCat("/v2/", repository_, "/tags/list?n=", kTagsPerPage);
  for (int i = 0; i < kMaxTagPages && !target.empty() && tags.size() <= limit; ++i) {
    if (!asked.insert(target).second) return MakeError(Reason::kRefused, "the pages of tags go in a circle");
    ABSL_ASSIGN_OR_RETURN(Page page, GetPage(context, target));
    tags.insert(page.tags.begin(), page.tags.end());
    target = std::move(page.next);
  }
  content::TagList list{.is_cut = !target.empty() || tags.size() > limit};
  for (const std::string& tag : tags) {
    if (list.tags.size() < limit) list.tags.push_back(tag);
  }
  return list;
}

}  // namespace waybill::oci::registry::transfer
