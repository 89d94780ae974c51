// SPDX-License-Identifier: Apache-2.0
#include "attest/reader/reader.h"

#include <algorithm>
#include <utility>

#include "attest/reader/order.h"
#include "attest/reader/walk.h"
#include "oci/status_macros.h"

namespace waybill::attest::reader {

bool IsWanted(const std::vector<oci::Platform>& wanted, const oci::Platform& platform) {
  const oci::Platform normal = oci::Normalize(platform);
  return wanted.empty() ||
         std::any_of(wanted.begin(), wanted.end(), [&](const oci::Platform& one) { return oci::Matches(one, normal); });
}

absl::StatusOr<ImageTree> ReadImage(const oci::Context& context, const Place& place, absl::string_view name,
                                    const ReadOptions& options) {
  ABSL_ASSIGN_OR_RETURN(const oci::Descriptor root, place.names.Resolve(context, name));
  Walk walk(context, place.content, place.referrers, options);
  ABSL_ASSIGN_OR_RETURN(ImageTree tree, walk.Run(root));
  return InOrder(std::move(tree), {root});
}

absl::StatusOr<ImageTree> ReadReferrers(const oci::Context& context, oci::content::Fetcher& content,
                                        oci::content::ReferrerLister& referrers,
                                        const std::vector<oci::Descriptor>& subjects, const ReadOptions& options) {
  Walk walk(context, content, referrers, options);
  ABSL_ASSIGN_OR_RETURN(ImageTree tree, walk.RunReferrers(subjects));
  return InOrder(std::move(tree), subjects);
}

}  // namespace waybill::attest::reader
