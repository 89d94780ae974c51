// SPDX-License-Identifier: Apache-2.0
#include "oci/places/registry_publisher.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/registry/push/push.h"
#include "oci/status_macros.h"
#include "oci/work/task_group.h"

namespace waybill::oci::places {
namespace {

using registry::config::Fallback;
using registry::push::PushReport;
using registry::push::PushRequest;

constexpr int kParallelCompanions = 8;

}  // namespace

PushRequest RegistryPublisher::NewRequest(const Publication& publication, Pushes& pushes) const {
  return {.root = publication.root,
          .referrers = publication.referrers,
          .content = publication.content,
          .repository = name_.path(),
          .tags = publication.tags,
          .shared_tags = publication.shared_tags,
          .fallback = options_.fallback.value_or(host_.config().referrers_fallback.value_or(Fallback::kAuto)),
          .mount_from = options_.mount_from,
          .origins = options_.origins,
          .delivered = &pushes.delivered,
          .traffic = &pushes.traffic};
}

absl::Status RegistryPublisher::PushCompanions(const Context& context, const Publication& publication,
                                               Pushes& pushes) const {
  work::TaskGroup group(context, kParallelCompanions);
  for (const Companion& companion : publication.companions) {
    group.Add([&](const Context& inner) {
      PushRequest request = NewRequest(publication, pushes);
      request.root = companion.manifest;
      request.referrers.clear();
      request.shared_tags.clear();
      request.tags = {companion.tag};
      return Annotate(registry::push::Push(inner, host_, request).report.status(), companion.tag);
    });
  }
  return group.Wait();
}

absl::StatusOr<PushReport> RegistryPublisher::Publish(const Context& context, const Publication& publication) {
  const std::string place = absl::StrCat("failed to push to ", host_.domain(), "/", name_.path());
  if (name_.digest().has_value() && *name_.digest() != publication.root.digest) {
    return InvalidInputError(absl::StrCat(place, ": the image is ", publication.root.digest.ToString(), ", not ",
                                          name_.digest()->ToString()));
  }
  Pushes pushes;
  ABSL_RETURN_IF_ERROR(Annotate(PushCompanions(context, publication, pushes), place));
  absl::StatusOr<PushReport> report = registry::push::Push(context, host_, NewRequest(publication, pushes)).report;
  return report.ok() ? std::move(report) : Annotate(report.status(), place);
}

}  // namespace waybill::oci::places
