// SPDX-License-Identifier: Apache-2.0
#include "exporter/output/registry_output.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "exporter/attestation_form.h"
#include "exporter/output/push_groups.h"
#include "exporter/output/target_progress.h"
#include "oci/content/memory_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/io/task_group.h"
#include "oci/registry/fallback.h"
#include "oci/registry/host.h"
#include "oci/registry/host_config.h"
#include "oci/registry/push.h"
#include "oci/registry/push_request.h"
#include "oci/status_macros.h"

namespace waybill::exporter::output {
namespace {

using oci::ProgressEvent;
using oci::registry::Fallback;
using oci::registry::PushReport;
using oci::registry::PushRequest;
using oci::registry::SubjectOutcome;

// More registries than this wait for their turn.
constexpr int kParallelRegistries = 8;

// Without referrers asked for, no tag is written for them; the registry's API lists them where there is one. The
// configuration of a host says what "auto" means there.
Fallback FallbackFor(const ExportOptions& options, const oci::registry::HostConfig& host) {
  if (options.attestation_placement == AttestationPlacement::kIndex) return Fallback::kNever;
  switch (options.referrers_fallback) {
    case ReferrersFallback::kAuto:
      return host.referrers_fallback.value_or(Fallback::kAuto);
    case ReferrersFallback::kAlways:
      return Fallback::kAlways;
    case ReferrersFallback::kNever:
      return Fallback::kNever;
    case ReferrersFallback::kRequireApi:
      return Fallback::kRequireApi;
  }
  return Fallback::kAuto;
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
      return "index only, fallback tag failed";
  }
  return "";
}

std::string Summary(const PushReport& report) {
  std::string text =
      absl::StrCat("pushed ", report.digest.ToString(), ": ", report.requests,
                   report.requests == 1 ? " request, " : " requests, ", report.bytes_sent, " bytes sent");
  if (report.bytes_again > 0) absl::StrAppend(&text, ", ", report.bytes_again, " of them again");
  if (!report.subjects.empty()) absl::StrAppend(&text, "; attestations: ", HowName(report.subjects.front().how));
  return text;
}

// One image on its way to one registry.
class RegistryDelivery {
 public:
  RegistryDelivery(oci::registry::Host& host, const Image& image, const ExportOptions& options)
      : host_(host), image_(image), options_(options), origins_(OriginsOn(host.domain(), image.origins)) {}

  absl::Status Deliver(const oci::Context& context, const RepositoryPush& push) {
    TargetProgress progress(context, absl::StrJoin(push.names, ", "));
    const oci::Context inner = context.WithProgress(progress);
    absl::StatusOr<PushReport> report = PushAs(inner, push, image_.root, image_.referrers, image_.content);
    if (!report.ok() && IsRefusedAttestation(report.status())) report = AfterRefusal(inner, push, report.status());
    if (!report.ok()) {
      inner.Report({.state = ProgressEvent::State::kFailed, .detail = std::string(report.status().message())});
      return oci::Annotate(report.status(), absl::StrCat("failed to push ", absl::StrJoin(push.names, ", ")));
    }
    for (const std::string& warning : report->warnings) {
      inner.Report({.state = ProgressEvent::State::kWarning, .detail = warning});
    }
    inner.Report({.state = ProgressEvent::State::kDone, .detail = Summary(*report)});
    pushed_.push_back(push.repository);
    return absl::OkStatus();
  }

 private:
  static bool IsRefusedAttestation(const absl::Status& status) {
    return oci::MetadataOf(status).contains(std::string(oci::registry::kRefusedAttestationKey));
  }

  absl::StatusOr<PushReport> PushAs(const oci::Context& context, const RepositoryPush& push,
                                    const oci::Descriptor& root, const std::vector<oci::Descriptor>& referrers,
                                    oci::content::Fetcher& content) {
    return oci::registry::Push(context, host_,
                               PushRequest{.root = root,
                                           .referrers = referrers,
                                           .content = content,
                                           .repository = push.repository,
                                           .tags = push.tags,
                                           .fallback = FallbackFor(options_, host_.config()),
                                           .mount_from = pushed_,
                                           .origins = origins_});
  }

  // The registry has the images by now; the attestations go in another form, or stay out.
  absl::StatusOr<PushReport> AfterRefusal(const oci::Context& context, const RepositoryPush& push,
                                          const absl::Status& refusal) {
    if (options_.attestation_refused == AttestationRefused::kFail) {
      return oci::MakeError(*oci::ReasonOf(refusal),
                            absl::StrCat(refusal.message(),
                                         "; attestation-refused=legacy pushes them in the form before OCI artifacts, "
                                         "attestation-refused=skip leaves them out"),
                            oci::MetadataOf(refusal));
    }
    const bool legacy = options_.attestation_refused == AttestationRefused::kLegacy;
    if (legacy && !image_.referrers.empty()) {
      return oci::Annotate(refusal, "attestation-refused=legacy needs attestation-placement=both or index");
    }
    oci::content::MemoryStore staging;
    oci::Descriptor root = image_.root;
    if (legacy) {
      ABSL_ASSIGN_OR_RETURN(
          root, WithAttestationsAs(context, AttestationForm::kLegacy, image_.content, image_.root, staging));
    } else if (image_.referrers.empty()) {
      ABSL_ASSIGN_OR_RETURN(const ImagesAndAttestations parts,
                            TakeOutAttestations(context, image_.content, image_.root, staging));
      root = parts.root;
    }
    oci::content::UnionFetcher content({&staging, &image_.content});
    ABSL_ASSIGN_OR_RETURN(PushReport report, PushAs(context, push, root, {}, content));
    report.warnings.push_back(absl::StrCat(refusal.message(), "; pushed ", root.digest.ToString(),
                                           legacy ? " with legacy attestations" : " without attestations",
                                           " instead of ", image_.root.digest.ToString()));
    return report;
  }

  oci::registry::Host& host_;
  const Image& image_;
  const ExportOptions& options_;
  const Origins origins_;
  std::vector<std::string> pushed_;  // repositories that have the blobs by now
};

absl::Status DeliverTo(const oci::Context& context, oci::registry::Client& client, const RegistryPush& registry,
                       const Image& image, const ExportOptions& options, std::vector<absl::Status>& failures) {
  ABSL_ASSIGN_OR_RETURN(oci::registry::Host* const host, client.HostFor(registry.domain, options.registry_insecure));
  RegistryDelivery delivery(*host, image, options);
  for (const RepositoryPush& push : registry.repositories) {
    const absl::Status status = delivery.Deliver(context, push);
    ABSL_RETURN_IF_ERROR(context.Check());
    if (!status.ok()) failures.push_back(status);
  }
  return absl::OkStatus();
}

// The first failure, with the words of the others behind its own.
absl::Status Combine(const std::vector<std::vector<absl::Status>>& failures) {
  absl::Status first;
  std::string message;
  for (const std::vector<absl::Status>& registry : failures) {
    for (const absl::Status& status : registry) {
      absl::StrAppend(&message, first.ok() ? "" : "; ", status.message());
      if (first.ok()) first = status;
    }
  }
  if (first.ok()) return first;
  return oci::MakeError(oci::ReasonOf(first).value_or(oci::Reason::kInternal), message, oci::MetadataOf(first));
}

}  // namespace

absl::Status RegistryOutput::Deliver(const oci::Context& context, const Image& image, const ExportOptions& options) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<RegistryPush> registries, GroupNames(image.names, options.push_by_digest));
  std::vector<std::vector<absl::Status>> failures(registries.size());
  {
    oci::io::TaskGroup group(context, kParallelRegistries);
    for (size_t i = 0; i < registries.size(); ++i) {
      group.Add([&, i](const oci::Context& inner) {
        const absl::Status status = DeliverTo(inner, client_, registries[i], image, options, failures[i]);
        ABSL_RETURN_IF_ERROR(inner.Check());
        if (!status.ok()) failures[i].push_back(status);
        return absl::OkStatus();
      });
    }
    ABSL_RETURN_IF_ERROR(group.Wait());
  }
  return Combine(failures);
}

}  // namespace waybill::exporter::output
