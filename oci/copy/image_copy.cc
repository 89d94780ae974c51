// SPDX-License-Identifier: Apache-2.0
#include "oci/copy/image_copy.h"

#include <utility>

#include "oci/status_macros.h"

namespace waybill::oci::copy {

absl::StatusOr<Copied> ImageCopy::Copy(const Context& context, const Descriptor& root,
                                       const std::vector<std::string>& tags) {
  if (!listed_ && options_.follow != Follow::kNone) {
    tags_ = ListCompanionTags(context, source_.tags(), options_.limits);
    listed_ = true;
  }
  ABSL_ASSIGN_OR_RETURN(Collection collection, Collect(context, source_, documents_, tags_, root, options_));
  ABSL_ASSIGN_OR_RETURN(registry::push::PushReport report,
                        destination_.Publish(context, {.root = collection.root,
                                                       .tags = tags,
                                                       .referrers = collection.referrers,
                                                       .companions = collection.companions,
                                                       .content = documents_}));
  return Copied{.collection = std::move(collection), .report = std::move(report)};
}

}  // namespace waybill::oci::copy
