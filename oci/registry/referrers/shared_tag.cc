// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/referrers/shared_tag.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::referrers {
namespace {

constexpr int kWriteRounds = 8;
constexpr absl::Duration kFirstWait = absl::Milliseconds(400);
constexpr absl::Duration kLongestWait = absl::Seconds(3);
// A round trip from the other side of the world, which is what another writer needs besides the registry's own time
// from its read to its write. Our own write shows the registry's time.
constexpr absl::Duration kFarthestWriter = absl::Milliseconds(250);
// What was read so long ago is read again before it is written upon: others wait for writers that are far away, not for
// those whose machine has no time for them.
constexpr absl::Duration kStale = absl::Milliseconds(100);

std::optional<Digest> DigestOf(const TagState& state) {
  return state.manifest.has_value() ? std::optional<Digest>(state.manifest->digest) : std::nullopt;
}

http::Headers ConditionsOn(const std::optional<transfer::FetchedManifest>& there) {
  if (!there.has_value()) return {{"If-None-Match", "*"}};
  return {{"If-Match", there->etag.empty() ? absl::StrCat("\"", there->digest.ToString(), "\"") : there->etag}};
}

}  // namespace

absl::StatusOr<TagState> SharedTag::Read(const Context& context) {
  ABSL_ASSIGN_OR_RETURN(std::optional<transfer::FetchedManifest> manifest, manifests_.Get(context, tag_));
  return TagState{std::move(manifest), host_.clock().Now()};
}

absl::StatusOr<std::optional<TagWrite>> SharedTag::WriteRound(const Context& context, const TagEdit& edit,
                                                              const TagState& state, bool unconditional) {
  const std::optional<transfer::FetchedManifest>& there = state.manifest;
  const absl::StatusOr<std::string> next = edit.next(there);
  if (!next.ok()) return TagWrite{.reason = std::string(next.status().message())};
  if (there.has_value() && *next == there->bytes) return TagWrite{.written = true};
  if (edit.prepare != nullptr) ABSL_RETURN_IF_ERROR(edit.prepare(context, *next));
  const absl::Time start = host_.clock().Now();
  ABSL_ASSIGN_OR_RETURN(const Answer answer,
                        manifests_.Put(context, tag_,
                                       {.media_type = edit.media_type,
                                        .bytes = *next,
                                        .conditions = unconditional ? http::Headers() : ConditionsOn(there)}));
  const int status = answer.reply.status;
  if (status == 412 && !unconditional) return std::nullopt;
  if (status >= 300) return TagWrite{.reason = std::string(manifests_.Refusal(tag_, answer).message())};
  ABSL_ASSIGN_OR_RETURN(const bool stays, Stays(context, edit, Digest::Of(*next), host_.clock().Now() - start));
  if (!stays) return std::nullopt;
  return TagWrite{.written = true};
}

absl::StatusOr<TagWrite> SharedTag::Write(const Context& context, const TagEdit& edit, std::optional<TagState> state) {
  absl::Duration wait = kFirstWait;
  for (int round = 0; round < kWriteRounds; ++round) {
    const auto ended = [round](TagWrite result) {
      result.repaired = result.written && round > 0;
      return result;
    };
    if (round > 0) {
      ABSL_RETURN_IF_ERROR(host_.clock().Sleep(context, std::min(wait, kLongestWait) * host_.clock().Random()));
      wait *= 2;
    }
    if (round > 0 || !state.has_value() || host_.clock().Now() - state->read_at > kStale) {
      ABSL_ASSIGN_OR_RETURN(state, Read(context));
    }
    ABSL_ASSIGN_OR_RETURN(std::optional<TagWrite> result, WriteRound(context, edit, *state, false));
    if (result.has_value()) return ended(*std::move(result));
    // A tag that stands as it stood has not been changed by another writer: the registry may not understand conditions,
    // or lets nobody change the tag.
    const std::optional<Digest> before = DigestOf(*state);
    ABSL_ASSIGN_OR_RETURN(state, Read(context));
    if (DigestOf(*state) != before) continue;
    ABSL_ASSIGN_OR_RETURN(result, WriteRound(context, edit, *state, true));
    if (result.has_value()) return ended(*std::move(result));
  }
  return TagWrite{.reason = absl::StrCat("other writers changed the tag ", kWriteRounds, " times")};
}

absl::StatusOr<bool> SharedTag::Stays(const Context& context, const TagEdit& edit, const Digest& written,
                                      absl::Duration write_took) {
  Digest last = written;
  for (int round = 0; round < kWriteRounds; ++round) {
    ABSL_RETURN_IF_ERROR(host_.clock().Sleep(context, kFarthestWriter + std::min(write_took, kLongestWait)));
    ABSL_ASSIGN_OR_RETURN(const TagState state, Read(context));
    if (!state.manifest.has_value()) return false;
    const absl::StatusOr<std::string> next = edit.next(state.manifest);
    if (!next.ok() || *next != state.manifest->bytes) return false;
    // One who wrote meanwhile is seldom alone: another may have read before, and write later.
    if (state.manifest->digest == last) return true;
    last = state.manifest->digest;
  }
  return true;
}

}  // namespace waybill::oci::registry::referrers
