// SPDX-License-Identifier: Apache-2.0
#include "exporter/publishing/image_roles.h"

#include "oci/layout/referrers.h"
#include "oci/status_macros.h"

namespace waybill::exporter::publishing {

absl::StatusOr<GivenReferrers> GivenReferrers::Read(const oci::Context& context, const Image& image) {
  GivenReferrers given;
  for (const oci::Descriptor& referrer : image.referrers) {
    ABSL_ASSIGN_OR_RETURN(const oci::Descriptor subject, oci::layout::ReadSubject(context, image.content, referrer));
    given.referrers_[subject.digest].push_back(referrer);
  }
  return given;
}

absl::StatusOr<oci::content::ReferrerList> GivenReferrers::ListReferrers(const oci::Context&,
                                                                         const oci::Digest& subject, size_t limit) {
  oci::content::ReferrerList list;
  const auto found = referrers_.find(subject);
  if (found == referrers_.end()) return list;
  for (const oci::Descriptor& referrer : found->second) {
    if (list.referrers.size() == limit) {
      list.is_cut = true;
      break;
    }
    list.referrers.push_back({.descriptor = referrer});
  }
  return list;
}

}  // namespace waybill::exporter::publishing
