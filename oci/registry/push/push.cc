// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/push/push.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "oci/error.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"
#include "oci/registry/push/push_blob.h"
#include "oci/registry/push/push_content.h"
#include "oci/registry/push/push_plan.h"
#include "oci/registry/push/push_referrers.h"
#include "oci/registry/push/push_root.h"
#include "oci/registry/referrers/shared_tag.h"
#include "oci/registry/transfer/blobs.h"
#include "oci/registry/transfer/manifests.h"
#include "oci/status_macros.h"
#include "oci/work/task_group.h"

namespace waybill::oci::registry::push {
namespace {

constexpr int kParallelTags = 32;

class Pushing {
 public:
  Pushing(Host& host, const PushRequest& request)
      : host_(host),
        request_(request),
        traffic_(request.traffic == nullptr ? own_traffic_ : *request.traffic),
        blobs_(host, request.repository, traffic_),
        manifests_(host, request.repository, traffic_),
        delivery_{host,
                  request_.repository,
                  blobs_,
                  traffic_,
                  request.content,
                  request.mount_from,
                  request.origins,
                  request.delivered},
        report_{.digest = request.root.digest} {}

  absl::StatusOr<PushReport> Run(const Context& context) {
    ABSL_ASSIGN_OR_RETURN(const std::vector<std::string> missing_tags, MissingTags(context));
    ABSL_ASSIGN_OR_RETURN(plan_, MakePushPlan(context, request_.content, request_.root, request_.referrers));
    bool root_present = missing_tags.empty() && !request_.tags.empty();
    if (!root_present) {
      ABSL_ASSIGN_OR_RETURN(const std::optional<Digest> root, manifests_.Head(context, plan_.root.ToString()));
      root_present = root.has_value();
    }
    ContentDelivery content(manifests_, delivery_, plan_, request_.order);
    const bool complete = root_present && request_.referrers.empty();
    if (complete) content.TellPresent(context, complete);
    if (!complete) {
      const absl::Status delivered = content.Run(context, root_present);
      if (!delivered.ok()) refused_attestation_ = content.RefusedIn(delivered);
      ABSL_RETURN_IF_ERROR(delivered);
    }
    ABSL_RETURN_IF_ERROR(DeliverSharedTags(context));
    const bool root_to_do = !root_present && !plan_.HasReferrerOfRoot();
    if (request_.before_tags == nullptr) {
      ABSL_RETURN_IF_ERROR(DeliverNames(context, content, root_to_do || !missing_tags.empty(), missing_tags));
      return Finish();
    }
    ABSL_RETURN_IF_ERROR(DeliverNames(context, content, root_to_do, {}));
    ABSL_RETURN_IF_ERROR(request_.before_tags(context));
    if (!missing_tags.empty()) ABSL_RETURN_IF_ERROR(DeliverRootAndTags(context, content, missing_tags));
    return Finish();
  }

  const std::optional<Digest>& refused_attestation() const { return refused_attestation_; }

 private:
  // Tags that do not point to the root yet.
  absl::StatusOr<std::vector<std::string>> MissingTags(const Context& context) {
    std::vector<bool> right(request_.tags.size());
    absl::Mutex mu;
    work::TaskGroup group(context, kParallelTags);
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

  absl::Status DeliverSharedTags(const Context& context) {
    work::TaskGroup group(context, kParallelTags);
    for (const SharedTagEdit& shared : request_.shared_tags) {
      group.Add([this, &shared](const Context& inner) {
        return Annotate(DeliverSharedTag(inner, shared), absl::StrCat("tag ", shared.tag));
      });
    }
    return group.Wait();
  }

  // Blobs are sent only when the tag lacks them.
  absl::Status DeliverSharedTag(const Context& context, const SharedTagEdit& shared) {
    std::optional<image::ManifestDocuments> documents;
    const auto next = [&](const std::optional<transfer::FetchedManifest>& current) -> absl::StatusOr<std::string> {
      ABSL_ASSIGN_OR_RETURN(documents, shared.edit(current.has_value() ? current->bytes : ""));
      return documents->manifest.bytes;
    };
    const auto prepare = [&](const Context& inner, absl::string_view) -> absl::Status {
      for (const Descriptor& blob : shared.blobs) {
        ABSL_RETURN_IF_ERROR(DeliverBlob(inner, delivery_, blob, /*check=*/false));
      }
      return blobs_.Upload(inner, documents->config.descriptor, io::StringSource(documents->config.bytes),
                           std::nullopt);
    };
    referrers::SharedTag tag(host_, request_.repository, traffic_, shared.tag);
    ABSL_ASSIGN_OR_RETURN(
        const referrers::TagWrite write,
        tag.Write(context, {.media_type = std::string(image::kOciManifest), .next = next, .prepare = prepare},
                  std::nullopt));
    return write.written ? absl::OkStatus() : MakeError(Reason::kRefused, write.reason);
  }

  // Attestations that were there already count too: an earlier push may have been told not to make them findable, or
  // have been interrupted. Fallback tags are written while the root is, so that they cost little waiting; a push that
  // fails because of them (always, require-api) tags nothing.
  absl::Status DeliverNames(const Context& context, ContentDelivery& content, bool root_to_do,
                            const std::vector<std::string>& tags) {
    ReferrersDelivery::StoreAgain store_again;
    if (request_.order.at_once) {
      store_again = [&](const Context& inner, const Digest& referrer) { return content.StoreAgain(inner, referrer); };
    }
    ReferrersDelivery referrers(host_, request_.repository, traffic_, request_.fallback, std::move(store_again));
    const bool strict =
        request_.fallback == config::Fallback::kAlways || request_.fallback == config::Fallback::kRequireApi;
    const std::vector<StoredReferrer> stored = content.referrers();
    if (strict) ABSL_RETURN_IF_ERROR(referrers.Deliver(context, stored));
    work::TaskGroup group(context, 2);
    if (!strict) group.Add([&](const Context& inner) { return referrers.Deliver(inner, stored); });
    if (root_to_do) group.Add([&](const Context& inner) { return DeliverRootAndTags(inner, content, tags); });
    ABSL_RETURN_IF_ERROR(group.Wait());
    report_.subjects = referrers.outcomes();
    for (const SubjectOutcome& outcome : report_.subjects) {
      if (outcome.how != SubjectOutcome::How::kFailed) continue;
      report_.warnings.push_back(absl::StrCat("the attestations of ", outcome.subject.ToString(),
                                              " cannot be listed by referrers: ", outcome.reason));
    }
    return absl::OkStatus();
  }

  absl::Status DeliverRootAndTags(const Context& context, ContentDelivery& content,
                                  const std::vector<std::string>& tags) {
    const PlannedManifest& root = *plan_.Find(plan_.root);
    const auto put = [&](const Context& inner, absl::string_view reference, const std::vector<std::string>& put_tags) {
      return content.Put(inner, root, reference, put_tags);
    };
    return DeliverRoot(context, {host_, manifests_, root.descriptor.digest, put}, tags, report_.warnings);
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
  Traffic own_traffic_;
  Traffic& traffic_;
  transfer::Blobs blobs_;
  transfer::Manifests manifests_;
  BlobDelivery delivery_;
  PushPlan plan_{.root = Digest::Of("")};
  PushReport report_;
  std::optional<Digest> refused_attestation_;
};

}  // namespace

PushOutcome Push(const Context& context, Host& host, const PushRequest& request) {
  Pushing pushing(host, request);
  absl::StatusOr<PushReport> report = pushing.Run(context);
  return {.report = std::move(report), .refused_attestation = pushing.refused_attestation()};
}

}  // namespace waybill::oci::registry::push
