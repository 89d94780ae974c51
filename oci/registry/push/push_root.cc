// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/push/push_root.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "oci/status_macros.h"
#include "oci/work/task_group.h"

namespace waybill::oci::registry::push {
namespace {

constexpr size_t kTagsPerRequest = 10;
constexpr int kParallelTags = 8;

// OCI-Tag: repeatable, comma separated.
std::set<std::string> TakenTags(const http::Reply& reply) {
  std::set<std::string> taken;
  for (const std::string& field : reply.headers.FindAll("OCI-Tag")) {
    for (absl::string_view tag : absl::StrSplit(field, ',')) taken.emplace(absl::StripAsciiWhitespace(tag));
  }
  return taken;
}

bool IsStored(const Answer& answer) { return answer.reply.status >= 200 && answer.reply.status < 300; }

absl::Status PutTag(const Context& context, const RootDelivery& delivery, const std::string& tag,
                    std::optional<std::string>& warning) {
  const Digest& digest = delivery.digest;
  ABSL_ASSIGN_OR_RETURN(const Answer answer, delivery.put(context, tag, {}));
  if (IsStored(answer)) return delivery.manifests.CheckStored(context, answer, digest);
  ABSL_ASSIGN_OR_RETURN(const std::optional<Digest> there, delivery.manifests.Head(context, tag));
  if (there != digest) return delivery.manifests.Refusal(tag, answer);
  warning = absl::StrCat("the tag ", tag, " cannot be written, but points to this image already");
  return absl::OkStatus();
}

absl::Status PutTags(const Context& context, const RootDelivery& delivery, const std::vector<std::string>& tags,
                     std::vector<std::string>& warnings) {
  std::vector<std::optional<std::string>> notes(tags.size());
  work::TaskGroup group(context, kParallelTags);
  for (size_t i = 0; i < tags.size(); ++i) {
    group.Add([&, i](const Context& inner) { return PutTag(inner, delivery, tags[i], notes[i]); });
  }
  ABSL_RETURN_IF_ERROR(group.Wait());
  for (std::optional<std::string>& note : notes) {
    if (note.has_value()) warnings.push_back(*std::move(note));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status DeliverRoot(const Context& context, const RootDelivery& delivery, const std::vector<std::string>& tags,
                         std::vector<std::string>& warnings) {
  const std::string digest = delivery.digest.ToString();
  const bool batches = tags.size() > 1 && delivery.host.memory().tag_parameter() != Learned::kNo;
  if (!tags.empty() && !batches) return PutTags(context, delivery, tags, warnings);
  std::vector<std::string> rest = tags;
  do {
    const size_t count = std::min(rest.size(), kTagsPerRequest);
    const std::vector<std::string> batch(rest.begin(), rest.begin() + count);
    ABSL_ASSIGN_OR_RETURN(const Answer answer, delivery.put(context, digest, batch));
    if (!IsStored(answer)) {
      if (batch.empty()) return delivery.manifests.Refusal(digest, answer);
      break;  // whatever it was, one tag at a time tells
    }
    ABSL_RETURN_IF_ERROR(delivery.manifests.CheckStored(context, answer, delivery.digest));
    if (batch.empty()) return absl::OkStatus();
    const std::set<std::string> taken = TakenTags(answer.reply);
    delivery.host.memory().set_tag_parameter(taken.empty() ? Learned::kNo : Learned::kYes);
    const size_t before = rest.size();
    std::erase_if(rest, [&taken](const std::string& tag) { return taken.contains(tag); });
    if (rest.size() == before) break;
  } while (!rest.empty());
  return PutTags(context, delivery, rest, warnings);
}

}  // namespace waybill::oci::registry::push
