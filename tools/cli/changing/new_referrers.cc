// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/changing/new_referrers.h"

#include <set>
#include <utility>

#include "oci/digest.h"
#include "oci/status_macros.h"

namespace waybill::cli::changing {
namespace {

using oci::registry::push::PushReport;

// Without what an index says of it.
oci::Descriptor PlainDescriptor(const oci::Descriptor& entry) {
  return {.media_type = entry.media_type, .digest = entry.digest, .size = entry.size};
}

}  // namespace

absl::StatusOr<PushReport> WriteReferrers(const oci::Context& context, ImagePlace& place,
                                          const std::vector<NewReferrer>& referrers, oci::content::Fetcher& content,
                                          const Destination& destination, const WriteOptions& options) {
  Changes changes{.root = place.root(), .referrers = {}, .content = content};
  if (!destination.in_place || place.name().kind != oci::places::ImageName::Kind::kRegistry) {
    for (const NewReferrer& one : referrers) changes.referrers.push_back(PlainDescriptor(one.manifest));
    return place.Write(context, changes, destination, options);
  }
  PushReport all{.digest = place.root().digest};
  std::set<oci::Digest> written;
  std::set<oci::Digest> told;
  for (const NewReferrer& first : referrers) {
    if (!written.insert(first.subject.digest).second) continue;
    changes.root = PlainDescriptor(first.subject);
    changes.referrers.clear();
    for (const NewReferrer& one : referrers) {
      if (one.subject.digest == first.subject.digest) changes.referrers.push_back(PlainDescriptor(one.manifest));
    }
    ABSL_ASSIGN_OR_RETURN(PushReport report, place.Write(context, changes, destination, options));
    for (oci::registry::push::SubjectOutcome& outcome : report.subjects) {
      // A write of the index tells of its images too.
      if (told.insert(outcome.subject).second) all.subjects.push_back(std::move(outcome));
    }
    all.warnings.insert(all.warnings.end(), report.warnings.begin(), report.warnings.end());
  }
  return all;
}

}  // namespace waybill::cli::changing
