// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/probe/probe_traces.h"

#include "absl/strings/str_cat.h"
#include "oci/registry/transfer/blobs.h"
#include "oci/registry/transfer/manifests.h"

namespace waybill::oci::registry::probe {

std::vector<std::string> ProbeTraces::Remove(const Context& context) {
  std::vector<std::string> left;
  // Nothing came there.
  if (!host_.has_answered()) return left;
  for (const Digest& digest : manifests_) {
    if (!RemoveManifest(context, digest.ToString())) left.push_back(absl::StrCat("manifest ", digest.ToString()));
  }
  // Most registries drop the tags of a deleted manifest.
  for (const std::string& tag : tags_) {
    if (!RemoveManifest(context, tag)) left.push_back(absl::StrCat("tag ", tag));
  }
  for (const auto& [repository, digest] : blobs_) {
    if (RemoveBlob(context, repository, digest)) continue;
    left.push_back(absl::StrCat("blob ", digest.ToString(), repository == repository_ ? "" : " of ",
                                repository == repository_ ? "" : repository));
  }
  for (const Digest& digest : shared_) {
    left.push_back(absl::StrCat("blob ", digest.ToString(), ", which other artifacts use"));
  }
  return left;
}

bool ProbeTraces::RemoveManifest(const Context& context, const std::string& reference) {
  Traffic traffic;
  transfer::Manifests manifests(host_, repository_, traffic);
  if (manifests.Delete(context, reference).ok()) return true;
  const auto there = manifests.Head(context, reference);
  return there.ok() && !there->has_value();
}

bool ProbeTraces::RemoveBlob(const Context& context, const std::string& repository, const Digest& digest) {
  const Call call{
      .method = "DELETE",
      .target = absl::StrCat("/v2/", repository, "/blobs/", digest.ToString()),
      .access = {
          .repository = repository, .push = true, .more_scopes = {absl::StrCat("repository:", repository, ":delete")}}};
  const auto answer = host_.Send(context, call);
  if (answer.ok() && (answer->reply.status < 300 || answer->reply.status == 404)) return true;
  Traffic traffic;
  const auto there = transfer::Blobs(host_, repository, traffic).Exists(context, {.digest = digest, .size = -1});
  return there.ok() && !*there;
}

}  // namespace waybill::oci::registry::probe
