// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/push/push_content.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/observer.h"
#include "oci/registry/reply/reply_class.h"
#include "oci/registry/reply/reply_error.h"
#include "oci/registry/retrier.h"
#include "oci/status_macros.h"
#include "oci/work/task_group.h"

namespace waybill::oci::registry::push {
namespace {

// Threads of one push; the host's throttle decides how many of them talk.
constexpr int kParallel = 38;
// Times that what a manifest names is sent again.
constexpr int kHealRounds = 3;

bool NamesMissing(const Answer& answer) {
  return reply::HasCode(answer.reply, "MANIFEST_BLOB_UNKNOWN") || reply::HasCode(answer.reply, "BLOB_UNKNOWN") ||
         reply::HasCode(answer.reply, "MANIFEST_UNKNOWN");
}

// Small blobs first: they take a round trip or two and no bandwidth to speak of, and manifests wait for them. Then the
// largest, so that none of them is left alone at the end.
bool GoesBefore(const Descriptor& a, const Descriptor& b) {
  const bool large_a = a.size > kLargeBody, large_b = b.size > kLargeBody;
  return large_a != large_b ? large_b : a.size > b.size;
}

}  // namespace

absl::Status ContentDelivery::Run(const Context& context, bool root_present) {
  if (root_present) AddPresent(plan_.root);
  ABSL_RETURN_IF_ERROR(FindPresent(context, plan_.images));
  // An attestation of an image that is not there is not there either, and so on for what refers to the attestation.
  std::vector<PlannedManifest> worth_asking;
  std::set<Digest> asked;
  for (const PlannedManifest& manifest : plan_.referrers) {
    const bool subject_absent = manifest.subject.has_value() && plan_.Find(manifest.subject->digest) != nullptr &&
                                !asked.contains(manifest.subject->digest) && !IsPresent(manifest.subject->digest);
    if (subject_absent) continue;
    worth_asking.push_back(manifest);
    asked.insert(manifest.descriptor.digest);
  }
  ABSL_RETURN_IF_ERROR(FindPresent(context, worth_asking));
  TellPresent(context, /*complete=*/false);
  work::TaskGraph graph;
  Nodes nodes;
  PlanBlobs(graph, nodes);
  PlanManifests(graph, nodes);
  return graph.Run(context, kParallel);
}

void ContentDelivery::TellPresent(const Context& context, bool complete) const {
  std::map<Digest, int64_t> present;
  std::set<Digest> wanted;
  for (const auto* manifests : {&plan_.images, &plan_.referrers, &plan_.indexes}) {
    for (const PlannedManifest& manifest : *manifests) {
      const bool there = complete || IsPresent(manifest.descriptor.digest);
      for (const Descriptor& blob : manifest.blobs) {
        if (there) {
          present.emplace(blob.digest, blob.size);
        } else {
          wanted.insert(blob.digest);
        }
      }
    }
  }
  for (const auto& [digest, size] : present) {
    if (!wanted.contains(digest)) context.Observe(BlobDelivered{.how = BlobDelivered::How::kPresent, .bytes = size});
  }
}

void ContentDelivery::AddPresent(const Digest& root) {
  absl::MutexLock lock(&mu_);
  std::vector<Digest> open = {root};
  while (!open.empty()) {
    const Digest digest = std::move(open.back());
    open.pop_back();
    const PlannedManifest* const manifest = plan_.Find(digest);
    if (manifest == nullptr || !present_.insert(digest).second) continue;
    open.insert(open.end(), manifest->children.begin(), manifest->children.end());
  }
}

absl::Status ContentDelivery::FindPresent(const Context& context, const std::vector<PlannedManifest>& manifests) {
  work::TaskGroup group(context, kParallel);
  for (const PlannedManifest& manifest : manifests) {
    const Digest& digest = manifest.descriptor.digest;
    if (digest == plan_.root || IsPresent(digest)) continue;  // known already
    group.Add([this, &digest](const Context& inner) {
      ABSL_ASSIGN_OR_RETURN(const std::optional<Digest> there, manifests_.Head(inner, digest.ToString()));
      if (!there.has_value()) return absl::OkStatus();
      absl::MutexLock lock(&mu_);
      present_.insert(digest);
      return absl::OkStatus();
    });
  }
  return group.Wait();
}

// Every blob once, whatever the number of manifests that name it.
void ContentDelivery::PlanBlobs(work::TaskGraph& graph, Nodes& nodes) {
  std::map<Digest, const Descriptor*> wanted;
  for (const auto* manifests : {&plan_.images, &plan_.referrers, &plan_.indexes}) {
    for (const PlannedManifest& manifest : *manifests) {
      if (IsPresent(manifest.descriptor.digest)) continue;
      for (const Descriptor& blob : manifest.blobs) wanted.emplace(blob.digest, &blob);
    }
  }
  std::vector<const Descriptor*> order;
  for (const auto& [digest, blob] : wanted) order.push_back(blob);
  std::stable_sort(order.begin(), order.end(),
                   [](const Descriptor* a, const Descriptor* b) { return GoesBefore(*a, *b); });
  for (const Descriptor* blob : order) {
    nodes[blob->digest] = graph.Add(
        [this, blob](const Context& inner) { return DeliverBlob(inner, delivery_, *blob, /*check=*/false); }, {});
  }
}

void ContentDelivery::PlanManifests(work::TaskGraph& graph, Nodes& nodes) {
  const bool with_root = plan_.HasReferrerOfRoot();
  std::vector<const PlannedManifest*> order = plan_.InOrder();
  if (order_.at_once) {
    std::stable_partition(order.begin(), order.end(), [this](const PlannedManifest* manifest) {
      return !order_.last.contains(manifest->descriptor.digest);
    });
  }
  std::map<Digest, std::vector<work::TaskGraph::Node>> earlier;  // by subject
  for (const PlannedManifest* const manifest : order) {
    const Digest& digest = manifest->descriptor.digest;
    if ((digest == plan_.root && !with_root) || IsPresent(digest)) continue;
    std::vector<work::TaskGraph::Node> after;
    const auto wait_for = [&nodes, &after](const Digest& needed) {
      if (const auto node = nodes.find(needed); node != nodes.end()) after.push_back(node->second);
    };
    for (const Descriptor& blob : manifest->blobs) wait_for(blob.digest);
    for (const Digest& child : manifest->children) wait_for(child);
    if (manifest->about.has_value()) wait_for(*manifest->about);
    // Registries list referrers in the order in which they come, and readers may take the first.
    const bool waits = manifest->subject.has_value() && (!order_.at_once || order_.last.contains(digest));
    if (waits) {
      const std::vector<work::TaskGraph::Node>& others = earlier[manifest->subject->digest];
      after.insert(after.end(), others.begin(), others.end());
    }
    nodes[digest] = graph.Add([this, manifest](const Context& inner) { return Deliver(inner, *manifest); }, after);
    const bool precedes = manifest->subject.has_value() && (!order_.at_once || !order_.last.contains(digest));
    if (precedes) earlier[manifest->subject->digest].push_back(nodes[digest]);
  }
}

absl::StatusOr<Answer> ContentDelivery::Put(const Context& context, const PlannedManifest& manifest,
                                            absl::string_view reference, const std::vector<std::string>& tags) {
  const transfer::ManifestPut put{.media_type = manifest.descriptor.media_type, .bytes = manifest.bytes, .tags = tags};
  Retrier retrier = delivery_.host.NewRetrier();
  for (int round = 0;; ++round) {
    ABSL_ASSIGN_OR_RETURN(Answer answer, manifests_.Put(context, reference, put));
    if (answer.reply.status < 300 || !NamesMissing(answer) || round == kHealRounds) return answer;
    context.Report({.target = absl::StrCat(delivery_.host.domain(), "/", delivery_.repository),
                    .item = manifest.descriptor.digest.ToString(),
                    .state = ProgressEvent::State::kRetrying,
                    .detail = "the registry misses something that the manifest names"});
    if (round > 0) {
      ABSL_ASSIGN_OR_RETURN(const bool again, retrier.Again(context, reply::ReplyClass::kTransient, std::nullopt));
      if (!again) return answer;
    }
    ABSL_RETURN_IF_ERROR(DeliverNamed(context, manifest));
    delivery_.traffic.bytes_again += static_cast<int64_t>(manifest.bytes.size());
  }
}

absl::Status ContentDelivery::Deliver(const Context& context, const PlannedManifest& manifest) {
  ABSL_ASSIGN_OR_RETURN(const Answer answer, Put(context, manifest, manifest.descriptor.digest.ToString(), {}));
  if (answer.reply.status >= 300) return RefusalOf(manifest, answer);
  ABSL_RETURN_IF_ERROR(manifests_.CheckStored(context, answer, manifest.descriptor.digest));
  Accepted(manifest, answer);
  return absl::OkStatus();
}

absl::Status ContentDelivery::StoreAgain(const Context& context, const Digest& referrer) {
  const PlannedManifest* const manifest = plan_.Find(referrer);
  return manifest == nullptr ? absl::OkStatus() : Deliver(context, *manifest);
}

void ContentDelivery::Accepted(const PlannedManifest& manifest, const Answer& answer) {
  if (!manifest.subject.has_value()) return;
  const bool taken = answer.reply.headers.Find("OCI-Subject") == manifest.subject->digest.ToString();
  absl::MutexLock lock(&mu_);
  taken_[manifest.descriptor.digest] = taken;
}

std::vector<StoredReferrer> ContentDelivery::referrers() const {
  std::vector<StoredReferrer> referrers;
  absl::MutexLock lock(&mu_);
  for (const auto* manifests : {&plan_.images, &plan_.referrers, &plan_.indexes}) {
    for (const PlannedManifest& manifest : *manifests) {
      const Digest& digest = manifest.descriptor.digest;
      if (!manifest.subject.has_value() || digest == plan_.root) continue;
      const auto taken = taken_.find(digest);
      referrers.push_back({.subject = *manifest.subject,
                           .entry = manifest.referrer,
                           .taken = taken == taken_.end() ? std::nullopt : std::optional<bool>(taken->second)});
    }
  }
  return referrers;
}

absl::Status ContentDelivery::DeliverNamed(const Context& context, const PlannedManifest& manifest) {
  work::TaskGroup group(context, kParallel);
  for (const Descriptor& blob : manifest.blobs) {
    group.Add([this, &blob](const Context& inner) { return DeliverBlob(inner, delivery_, blob, /*check=*/true); });
  }
  for (const Digest& digest : manifest.children) {
    if (const PlannedManifest* child = plan_.Find(digest); child != nullptr) {
      delivery_.traffic.bytes_again += static_cast<int64_t>(child->bytes.size());
      group.Add([this, child](const Context& inner) { return Deliver(inner, *child); });
    }
  }
  return group.Wait();
}

absl::Status ContentDelivery::RefusalOf(const PlannedManifest& manifest, const Answer& answer) {
  const absl::Status error = manifests_.Refusal(manifest.descriptor.digest.ToString(), answer);
  const int status = answer.reply.status;
  const bool about_content =
      status == 400 || status == 403 || status == 404 || status == 405 || status == 415 || status == 422;
  if (!manifest.attestation || !about_content) return error;
  const Digest& digest = manifest.descriptor.digest;
  absl::Status refusal = MakeError(Reason::kRefused,
                                   absl::StrCat("the registry took the image but refuses its attestation manifest ",
                                                digest.ToString(), ": ", error.message()),
                                   MetadataOf(error));
  absl::MutexLock lock(&mu_);
  refused_[digest] = refusal;
  return refusal;
}

std::optional<Digest> ContentDelivery::RefusedIn(const absl::Status& error) const {
  absl::MutexLock lock(&mu_);
  for (const auto& [digest, refusal] : refused_) {
    if (refusal == error) return digest;
  }
  return std::nullopt;
}

bool ContentDelivery::IsPresent(const Digest& digest) const {
  absl::MutexLock lock(&mu_);
  return present_.contains(digest);
}

}  // namespace waybill::oci::registry::push
