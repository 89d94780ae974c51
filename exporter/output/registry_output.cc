// SPDX-License-Identifier: Apache-2.0
#include "exporter/output/registry_output.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "attest/publish/cosign_tag.h"
#include "attest/sign/bundle.h"
#include "exporter/answers/delivery.h"
#include "exporter/output/push_groups.h"
#include "exporter/output/pushed_check.h"
#include "exporter/output/target_progress.h"
#include "exporter/refused_attestations.h"
#include "oci/content/store/memory_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/observer.h"
#include "oci/registry/config/fallback.h"
#include "oci/registry/config/host_config.h"
#include "oci/registry/host.h"
#include "oci/registry/push/push.h"
#include "oci/registry/push/push_request.h"
#include "oci/status_macros.h"
#include "oci/work/task_group.h"

namespace waybill::exporter::output {
namespace {

using oci::ProgressEvent;
using oci::registry::config::Fallback;
using oci::registry::push::PushOutcome;
using oci::registry::push::PushReport;
using oci::registry::push::PushRequest;
using oci::registry::push::ReferrerOrder;
using oci::registry::push::SharedTagEdit;
using oci::registry::push::SubjectOutcome;

// More registries than this wait for their turn.
constexpr int kParallelRegistries = 8;

// Without referrers asked for, no tag is written for them; the registry's API lists them where there is one. Artifacts
// are found by no other list. The configuration of a host says what "auto" means there.
Fallback FallbackFor(const request::ExportOptions& options, const oci::registry::config::HostConfig& host,
                     const Image& image) {
  if (options.attestation_placement == request::AttestationPlacement::kIndex && image.artifacts.empty()) {
    return Fallback::kNever;
  }
  switch (options.referrers_fallback) {
    case request::ReferrersFallback::kAuto:
      return host.referrers_fallback.value_or(Fallback::kAuto);
    case request::ReferrersFallback::kAlways:
      return Fallback::kAlways;
    case request::ReferrersFallback::kNever:
      return Fallback::kNever;
    case request::ReferrersFallback::kRequireApi:
      return Fallback::kRequireApi;
  }
  return Fallback::kAuto;
}

// Where the attestations must be listed.
Listed ListsOf(const request::ExportOptions& options, const oci::registry::config::HostConfig& host,
               const Image& image) {
  if (options.attestation_placement == request::AttestationPlacement::kReferrer) return Listed::kByReferrers;
  return FallbackFor(options, host, image) == Fallback::kNever ? Listed::kInIndex : Listed::kInBoth;
}

// Bundles behind documents: of what is listed, Trivy takes the first that has an SBOM.
ReferrerOrder OrderOf(const Image& image) {
  ReferrerOrder order{.at_once = !image.artifacts.empty()};
  for (const oci::Descriptor& artifact : image.artifacts) {
    if (artifact.artifact_type == attest::sign::kBundleType) order.last.insert(artifact.digest);
  }
  return order;
}

std::vector<SharedTagEdit> CosignTags(const Image& image) {
  std::vector<SharedTagEdit> tags;
  for (const auto& [subject, envelopes] : image.envelopes) {
    const auto edit = [&envelopes = envelopes](absl::string_view current) {
      return attest::publish::WithEnvelopes(current, envelopes);
    };
    tags.push_back({.tag = attest::publish::CosignTag(subject), .blobs = envelopes, .edit = edit});
  }
  return tags;
}

using Origins = std::map<oci::Digest, std::vector<std::string>>;

// The repositories of one host, without its name.
Origins OriginsOn(const std::string& domain, const Origins& all) {
  const std::string host = absl::StrCat(domain.substr(0, domain.rfind(':')), "/");
  Origins origins;
  for (const auto& [digest, repositories] : all) {
    for (absl::string_view repository : repositories) {
      if (absl::ConsumePrefix(&repository, host)) origins[digest].emplace_back(repository);
    }
  }
  return origins;
}

absl::string_view HowName(SubjectOutcome::How how) {
  switch (how) {
    case SubjectOutcome::How::kApi:
      return "referrers API";
    case SubjectOutcome::How::kFallbackTag:
      return "fallback tag";
    case SubjectOutcome::How::kNone:
      return "index only";
    case SubjectOutcome::How::kFailed:
      return "index only, as the warning says";
  }
  return "";
}

// How they are found, of the image whose are found worst: subjects come in the order of their digests.
absl::string_view Attestations(const PushReport& report) {
  if (report.subjects.empty()) return "";
  const auto worst = std::max_element(report.subjects.begin(), report.subjects.end(),
                                      [](const SubjectOutcome& a, const SubjectOutcome& b) { return a.how < b.how; });
  return HowName(worst->how);
}

std::string Summary(const PushReport& report) {
  std::string text =
      absl::StrCat("pushed ", report.digest.ToString(), ": ", report.requests,
                   report.requests == 1 ? " request, " : " requests, ", report.bytes_sent, " bytes sent");
  if (report.bytes_again > 0) absl::StrAppend(&text, ", ", report.bytes_again, " of them again");
  if (!report.subjects.empty()) absl::StrAppend(&text, "; attestations: ", Attestations(report));
  return text;
}

// One image on its way to one registry.
class RegistryDelivery {
 public:
  RegistryDelivery(oci::registry::Host& host, const Image& image, const request::ExportOptions& options)
      : host_(host), image_(image), options_(options), origins_(OriginsOn(host.domain(), image.origins)) {}

  // Adds the names to `delivery`.
  absl::Status Deliver(const oci::Context& context, const RepositoryPush& push, answers::Delivery& delivery) {
    oci::Span span(context, "push");
    span.Set("waybill.push.names", absl::StrJoin(push.names, ", "));
    TargetProgress progress(span.context(), absl::StrJoin(push.names, ", "));
    const oci::Context inner = span.context().WithProgress(progress);
    oci::registry::Traffic traffic;
    const Attempt attempt{inner, push, traffic};
    const absl::StatusOr<Pushed> pushed = span.Close(PushImage(attempt));
    if (!pushed.ok()) {
      inner.Report({.state = ProgressEvent::State::kFailed, .detail = std::string(pushed.status().message())});
      return oci::Annotate(pushed.status(), absl::StrCat("failed to push ", absl::StrJoin(push.names, ", ")));
    }
    for (const std::string& warning : pushed->report.warnings) {
      inner.Report({.state = ProgressEvent::State::kWarning, .detail = warning});
    }
    inner.Report({.state = ProgressEvent::State::kDone, .detail = Summary(pushed->report)});
    for (const std::string& name : push.names) {
      delivery.pushed.push_back({.name = name,
                                 .root = pushed->root,
                                 .attestations = std::string(Attestations(pushed->report)),
                                 .warnings = pushed->report.warnings});
    }
    pushed_.push_back(push.repository);
    return absl::OkStatus();
  }

 private:
  // What the pushes of one repository have in common.
  struct Attempt {
    const oci::Context& context;
    const RepositoryPush& push;
    oci::registry::Traffic& traffic;
  };
  struct Pushed {
    oci::Descriptor root;
    PushReport report;
  };

  absl::StatusOr<Pushed> PushImage(const Attempt& attempt) {
    PushRequest request = RequestFor(attempt, image_.root, image_.content);
    request.referrers = image_.referrers;
    request.referrers.insert(request.referrers.end(), image_.artifacts.begin(), image_.artifacts.end());
    request.order = OrderOf(image_);
    request.shared_tags = CosignTags(image_);
    PushOutcome outcome = oci::registry::push::Push(attempt.context, host_, request);
    if (outcome.refused_attestation.has_value()) return PushInstead(attempt, outcome.report.status());
    ABSL_RETURN_IF_ERROR(outcome.report.status());
    return Pushed{.root = image_.root, .report = *std::move(outcome.report)};
  }

  // Without referrers.
  PushRequest RequestFor(const Attempt& attempt, const oci::Descriptor& root, oci::content::Fetcher& content) {
    return {.root = root,
            .referrers = {},
            .content = content,
            .repository = attempt.push.repository,
            .tags = attempt.push.tags,
            .fallback = FallbackFor(options_, host_.config(), image_),
            .mount_from = pushed_,
            .origins = origins_,
            .before_tags = CheckOf(attempt, root),
            .traffic = &attempt.traffic};
  }

  std::function<absl::Status(const oci::Context&)> CheckOf(const Attempt& attempt, const oci::Descriptor& root) {
    if (!options_.verify) return nullptr;
    return [this, &attempt, digest = root.digest](const oci::Context& context) {
      return CheckPushed(context, host_, attempt.push.repository, digest, ListsOf(options_, host_.config(), image_));
    };
  }

  // The registry has the images by now; the policy says what becomes of the attestations.
  absl::StatusOr<Pushed> PushInstead(const Attempt& attempt, const absl::Status& refusal) {
    oci::content::store::MemoryStore staging;
    ABSL_ASSIGN_OR_RETURN(Replacement instead, ReplaceRefused(attempt.context, image_, options_, refusal, staging));
    oci::content::UnionFetcher content({&staging, &image_.content});
    const PushRequest request = RequestFor(attempt, instead.root, content);
    ABSL_ASSIGN_OR_RETURN(PushReport report, oci::registry::push::Push(attempt.context, host_, request).report);
    if (!image_.artifacts.empty()) {
      absl::StrAppend(&instead.warning, "; ", image_.artifacts.size(),
                      " bundles and documents that refer to it were left out",
                      image_.envelopes.empty() ? "" : ", and so were cosign's tags");
    }
    report.warnings.push_back(std::move(instead.warning));
    attempt.context.Observe(oci::AttestationsDowngraded());
    return Pushed{.root = std::move(instead.root), .report = std::move(report)};
  }

  oci::registry::Host& host_;
  const Image& image_;
  const request::ExportOptions& options_;
  const Origins origins_;
  std::vector<std::string> pushed_;  // repositories that have the blobs by now
};

// What came of the pushes to one registry.
struct RegistryOutcome {
  answers::Delivery delivery;
  std::vector<absl::Status> failures;
};

absl::Status DeliverTo(const oci::Context& context, oci::registry::Client& client, const RegistryPush& registry,
                       const Image& image, const request::ExportOptions& options, RegistryOutcome& outcome) {
  ABSL_ASSIGN_OR_RETURN(oci::registry::Host* const host, client.HostFor(registry.domain, options.registry_insecure));
  RegistryDelivery delivery(*host, image, options);
  for (const RepositoryPush& push : registry.repositories) {
    const absl::Status status = delivery.Deliver(context, push, outcome.delivery);
    ABSL_RETURN_IF_ERROR(context.Check());
    if (!status.ok()) outcome.failures.push_back(status);
  }
  return absl::OkStatus();
}

// The first failure, with the words of the others behind its own.
absl::Status Combine(const std::vector<RegistryOutcome>& outcomes) {
  absl::Status first;
  std::string message;
  for (const RegistryOutcome& outcome : outcomes) {
    for (const absl::Status& status : outcome.failures) {
      absl::StrAppend(&message, first.ok() ? "" : "; ", status.message());
      if (first.ok()) first = status;
    }
  }
  if (first.ok()) return first;
  return oci::MakeError(oci::ReasonOf(first).value_or(oci::Reason::kInternal), message, oci::MetadataOf(first));
}

}  // namespace

absl::StatusOr<answers::Delivery> RegistryOutput::Deliver(const oci::Context& context, const Image& image,
                                                          const request::ExportOptions& options) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<RegistryPush> registries, GroupNames(image.names, options.push_by_digest));
  std::vector<RegistryOutcome> outcomes(registries.size());
  absl::Status status;
  {
    oci::work::TaskGroup group(context, kParallelRegistries);
    for (size_t i = 0; i < registries.size(); ++i) {
      group.Add([&, i](const oci::Context& inner) {
        const absl::Status done = DeliverTo(inner, client_, registries[i], image, options, outcomes[i]);
        ABSL_RETURN_IF_ERROR(inner.Check());
        if (!done.ok()) outcomes[i].failures.push_back(done);
        return absl::OkStatus();
      });
    }
    status = group.Wait();
  }
  if (status.ok()) status = Combine(outcomes);
  answers::Delivery delivery;
  for (RegistryOutcome& outcome : outcomes) {
    std::move(outcome.delivery.pushed.begin(), outcome.delivery.pushed.end(), std::back_inserter(delivery.pushed));
  }
  if (!status.ok()) return answers::WithPushed(status, std::move(delivery));
  return delivery;
}

}  // namespace waybill::exporter::output
