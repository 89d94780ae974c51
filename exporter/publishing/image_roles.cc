// SPDX-License-Identifier: Apache-2.0
#include "exporter/publishing/image_roles.h"

#include <utility>

#include "oci/layout/referrers.h"
#include "oci/status_macros.h"

namespace waybill::exporter::publishing {

Image WithContent(const Image& image, oci::Descriptor root, oci::content::Fetcher& content) {
  return {.root = std::move(root),
          .referrers = image.referrers,
          .artifacts = image.artifacts,
          .envelopes = image.envelopes,
          .names = image.names,
          .content = content,
          .origins = image.origins,
          .config = image.config};
}

absl::StatusOr<GivenReferrers> GivenReferrers::Read(const oci::Context& context, const Image& image) {
  GivenReferrers given;
  for (const auto* referrers : {&image.referrers, &image.artifacts}) {
    for (const oci::Descriptor& referrer : *referrers) {
      ABSL_ASSIGN_OR_RETURN(const oci::Descriptor subject, oci::layout::ReadSubject(context, image.content, referrer));
      given.referrers_[subject.digest].push_back(referrer);
    }
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

absl::StatusOr<attest::reader::ImageTree> ReadTree(const oci::Context& context, const Image& image,
                                                   const attest::reader::ReadOptions& options) {
  RootName names(image.root);
  ABSL_ASSIGN_OR_RETURN(GivenReferrers referrers, GivenReferrers::Read(context, image));
  return attest::reader::ReadImage(context, {.content = image.content, .names = names, .referrers = referrers},
                                   image.root.digest.ToString(), options);
}

}  // namespace waybill::exporter::publishing
