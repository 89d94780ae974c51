// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/push.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "oci/error.h"
#include "oci/io/task_group.h"
#include "oci/registry/blobs.h"
#include "oci/registry/manifests.h"
#include "oci/registry/push_blob.h"
#include "oci/registry/push_plan.h"
#include "oci/registry/push_referrers.h"
#include "oci/registry/push_root.h"
#include "oci/registry/reply_error.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry {
namespace {

// Threads of one push; the host's gate decides how many of them talk.
constexpr int kParallel = 38;

bool NamesMissing(const Answer& answer) {
  return HasCode(answer.reply, "MANIFEST_BLOB_UNKNOWN") || HasCode(answer.reply, "BLOB_UNKNOWN") ||
         HasCode(answer.reply, "MANIFEST_UNKNOWN");
}

class Pushing {
 public:
  Pushing(Host& host, const PushRequest& request)
      : host_(host),
        request_(request),
        blobs_(host, request.repository, traffic_),
        manifests_(host, request.repository, traffic_),
        delivery_{host, request_.repository, blobs_, request.content, request.mount_from},
        report_{.digest = request.root.digest} {}

  absl::StatusOr<PushReport> Run(const Context& context) {
    ABSL_ASSIGN_OR_RETURN(const std::vector<std::string> missing_tags, MissingTags(context));
    const bool named = missing_tags.empty() && !request_.tags.empty();
    if (named && request_.referrers.empty()) return Finish();
    ABSL_ASSIGN_OR_RETURN(plan_, MakePushPlan(context, request_.content, request_.root, request_.referrers));
    ABSL_ASSIGN_OR_RETURN(const std::optional<Digest> root, manifests_.Head(context, plan_.root.ToString()));
    if (root.has_value()) MarkPresent(plan_.root);
    const bool complete = root.has_value() && request_.referrers.empty();
    if (!complete) ABSL_RETURN_IF_ERROR(DeliverContent(context));
    ABSL_RETURN_IF_ERROR(DeliverNames(context, missing_tags, root.has_value()));
    return Finish();
  }

 private:
  // Tags that do not point to the root yet.
  absl::StatusOr<std::vector<std::string>> MissingTags(const Context& context) {
    std::vector<bool> right(request_.tags.size());
    absl::Mutex mu;
    io::TaskGroup group(context, kParallel);
    for (size_t i = 0; i < request_.tags.size(); ++i) {
      group.Add([&, i](const Context& inner) {
        ABSL_ASSIGN_OR_RETURN(const std::optional<Digest> there, manifests_.Head(inner, request_.tags[i]));
        absl::MutexLock lock(&mu);
        right[i] = there == request_.root.digest;
        return absl::OkStatus();
      });
    }
    ABSL_RETURN_IF_ERROR(group.Wait());
    std::vector<std::string> missing;
    for (size_t i = 0; i < right.size(); ++i) {
      if (!right[i]) missing.push_back(request_.tags[i]);
    }
    return missing;
  }

  absl::Status DeliverContent(const Context& context) {
    ABSL_RETURN_IF_ERROR(FindPresent(context, plan_.images));
    // An attestation of an image that is not there is not there either.
    std::vector<PlannedManifest> worth_asking;
    for (const PlannedManifest& manifest : plan_.attestations) {
      const bool subject_absent =
          manifest.subject.has_value() && Planned(manifest.subject->digest) && !IsPresent(manifest.subject->digest);
      if (!subject_absent) worth_asking.push_back(manifest);
    }
    ABSL_RETURN_IF_ERROR(FindPresent(context, worth_asking));
    ABSL_RETURN_IF_ERROR(DeliverBlobs(context));
    ABSL_RETURN_IF_ERROR(DeliverManifests(context, plan_.images));
    ABSL_RETURN_IF_ERROR(DeliverManifests(context, plan_.attestations));
    for (const PlannedManifest& index : plan_.indexes) {
      if (index.descriptor.digest != plan_.root) ABSL_RETURN_IF_ERROR(DeliverManifest(context, index));
    }
    return absl::OkStatus();
  }

  absl::Status FindPresent(const Context& context, const std::vector<PlannedManifest>& manifests) {
    io::TaskGroup group(context, kParallel);
    for (const PlannedManifest& manifest : manifests) {
      const Digest& digest = manifest.descriptor.digest;
      if (digest == plan_.root) continue;  // asked already
      group.Add([this, &digest](const Context& inner) {
        ABSL_ASSIGN_OR_RETURN(const std::optional<Digest> there, manifests_.Head(inner, digest.ToString()));
        if (there.has_value()) MarkPresent(digest);
        return absl::OkStatus();
      });
    }
    return group.Wait();
  }

  // Every blob once; the largest first, so that none of them is left alone at the end.
  absl::Status DeliverBlobs(const Context& context) {
    std::map<Digest, Descriptor> wanted;
    for (const auto* manifests : {&plan_.images, &plan_.attestations}) {
      for (const PlannedManifest& manifest : *manifests) {
        if (IsPresent(manifest.descriptor.digest)) continue;
        for (const Descriptor& blob : manifest.blobs) wanted.emplace(blob.digest, blob);
      }
    }
    std::vector<Descriptor> order;
    for (auto& [digest, blob] : wanted) order.push_back(std::move(blob));
    std::stable_sort(order.begin(), order.end(),
                     [](const Descriptor& a, const Descriptor& b) { return a.size > b.size; });
    io::TaskGroup group(context, kParallel);
    for (const Descriptor& blob : order) {
      group.Add([this, &blob](const Context& inner) { return DeliverBlob(inner, delivery_, blob, /*check=*/false); });
    }
    return group.Wait();
  }

  absl::Status DeliverManifests(const Context& context, const std::vector<PlannedManifest>& manifests) {
    io::TaskGroup group(context, kParallel);
    for (const PlannedManifest& manifest : manifests) {
      if (IsPresent(manifest.descriptor.digest) || manifest.descriptor.digest == plan_.root) continue;
      group.Add([this, &manifest](const Context& inner) { return DeliverManifest(inner, manifest); });
    }
    return group.Wait();
  }

  absl::Status DeliverManifest(const Context& context, const PlannedManifest& manifest) {
    const std::string digest = manifest.descriptor.digest.ToString();
    const ManifestPut put{.media_type = manifest.descriptor.media_type, .bytes = manifest.bytes};
    ABSL_ASSIGN_OR_RETURN(Answer answer, manifests_.Put(context, digest, put));
    if (answer.reply.status >= 300) {
      ABSL_ASSIGN_OR_RETURN(const bool again, Heal(context, manifest, answer));
      if (again) {
        ABSL_ASSIGN_OR_RETURN(answer, manifests_.Put(context, digest, put));
      }
    }
    if (answer.reply.status >= 300) return RefusalOf(manifest, answer);
    ABSL_RETURN_IF_ERROR(manifests_.CheckStored(answer, manifest.descriptor.digest));
    Accepted(manifest, answer);
    return absl::OkStatus();
  }

  void Accepted(const PlannedManifest& manifest, const Answer& answer) {
    if (!manifest.subject.has_value()) return;
    const bool taken = answer.reply.headers.Find("OCI-Subject") == manifest.subject->digest.ToString();
    absl::MutexLock lock(&mu_);
    pushed_.push_back({*manifest.subject, manifest.referrer, taken});
  }

  // A registry that says what it lacks gets it once more: garbage collection, or replicas that lag behind.
  absl::StatusOr<bool> Heal(const Context& context, const PlannedManifest& manifest, const Answer& answer) {
    if (!NamesMissing(answer)) return false;
    context.Report({.target = absl::StrCat(host_.domain(), "/", request_.repository),
                    .item = manifest.descriptor.digest.ToString(),
                    .state = ProgressEvent::State::kRetrying,
                    .detail = "the registry misses something that the manifest names"});
    io::TaskGroup group(context, kParallel);
    for (const Descriptor& blob : manifest.blobs) {
      group.Add([this, &blob](const Context& inner) { return DeliverBlob(inner, delivery_, blob, /*check=*/true); });
    }
    for (const auto* manifests : {&plan_.images, &plan_.attestations}) {
      for (const PlannedManifest& child : *manifests) {
        const bool named = std::count(manifest.children.begin(), manifest.children.end(), child.descriptor.digest) > 0;
        if (named) group.Add([this, &child](const Context& inner) { return PutAgain(inner, child); });
      }
    }
    ABSL_RETURN_IF_ERROR(group.Wait());
    return true;
  }

  absl::Status PutAgain(const Context& context, const PlannedManifest& manifest) {
    const std::string digest = manifest.descriptor.digest.ToString();
    ABSL_ASSIGN_OR_RETURN(
        const Answer answer,
        manifests_.Put(context, digest, {.media_type = manifest.descriptor.media_type, .bytes = manifest.bytes}));
    return answer.reply.status < 300 ? absl::OkStatus() : RefusalOf(manifest, answer);
  }

  absl::Status RefusalOf(const PlannedManifest& manifest, const Answer& answer) const {
    const absl::Status error = manifests_.Refusal(manifest.descriptor.digest.ToString(), answer);
    const int status = answer.reply.status;
    const bool about_content =
        status == 400 || status == 403 || status == 404 || status == 405 || status == 415 || status == 422;
    if (!manifest.attestation || !about_content) return error;
    ErrorMetadata metadata = MetadataOf(error);
    metadata.emplace(kRefusedAttestationKey, manifest.descriptor.digest.ToString());
    return MakeError(Reason::kRefused,
                     absl::StrCat("the registry took the image but refuses its attestation manifest ",
                                  manifest.descriptor.digest.ToString(), ": ", error.message()),
                     metadata);
  }

  // Fallback tags are written while the root is, so that they cost no waiting; a push that fails because of them
  // (always, require-api) tags nothing.
  absl::Status DeliverNames(const Context& context, const std::vector<std::string>& tags, bool root_present) {
    ReferrersDelivery referrers(host_, request_.repository, traffic_, request_.fallback);
    const std::vector<PushedReferrer> pushed = TakePushed();
    const bool strict = request_.fallback == Fallback::kAlways || request_.fallback == Fallback::kRequireApi;
    if (strict) ABSL_RETURN_IF_ERROR(referrers.Deliver(context, pushed));
    io::TaskGroup group(context, 2);
    if (!strict) group.Add([&](const Context& inner) { return referrers.Deliver(inner, pushed); });
    if (!(root_present && tags.empty()))
      group.Add([&](const Context& inner) { return DeliverRootAndTags(inner, tags); });
    ABSL_RETURN_IF_ERROR(group.Wait());
    ABSL_RETURN_IF_ERROR(referrers.Recheck(context));
    report_.subjects = referrers.outcomes();
    for (const SubjectOutcome& outcome : report_.subjects) {
      if (outcome.how != SubjectOutcome::How::kFailed) continue;
      report_.warnings.push_back(absl::StrCat("the attestations of ", outcome.subject.ToString(),
                                              " cannot be listed by referrers: ", outcome.reason));
    }
    return absl::OkStatus();
  }

  absl::Status DeliverRootAndTags(const Context& context, const std::vector<std::string>& tags) {
    const PlannedManifest* root = Planned(plan_.root);
    return DeliverRoot(
        context,
        {host_, manifests_, *root,
         [this, root](const Context& inner, const Answer& answer) { return Heal(inner, *root, answer); }},
        tags, report_.warnings);
  }

  const PlannedManifest* Planned(const Digest& digest) const {
    for (const auto* manifests : {&plan_.images, &plan_.attestations, &plan_.indexes}) {
      for (const PlannedManifest& manifest : *manifests) {
        if (manifest.descriptor.digest == digest) return &manifest;
      }
    }
    return nullptr;
  }

  void MarkPresent(const Digest& digest) {
    absl::MutexLock lock(&mu_);
    present_.insert(digest);
  }

  bool IsPresent(const Digest& digest) {
    absl::MutexLock lock(&mu_);
    return present_.contains(digest);
  }

  std::vector<PushedReferrer> TakePushed() {
    absl::MutexLock lock(&mu_);
    return std::move(pushed_);
  }

  PushReport Finish() {
    report_.tags = request_.tags;
    report_.requests = traffic_.requests.load();
    report_.bytes_sent = traffic_.bytes_sent.load();
    report_.bytes_again = traffic_.bytes_again.load();
    return std::move(report_);
  }

  Host& host_;
  const PushRequest& request_;
  Traffic traffic_;
  Blobs blobs_;
  Manifests manifests_;
  BlobDelivery delivery_;
  PushPlan plan_{.root = Digest::Of("")};
  PushReport report_;
  absl::Mutex mu_;
  std::set<Digest> present_ ABSL_GUARDED_BY(mu_);
  std::vector<PushedReferrer> pushed_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

absl::StatusOr<PushReport> Push(const Context& context, Host& host, const PushRequest& request) {
  absl::StatusOr<PushReport> report = Pushing(host, request).Run(context);
  if (!report.ok()) return Annotate(report.status(), absl::StrCat(host.domain(), "/", request.repository));
  return report;
}

}  // namespace waybill::oci::registry
