// SPDX-License-Identifier: Apache-2.0
#include "oci/image/referrers_tag.h"

#include "absl/strings/str_cat.h"

namespace waybill::oci::image {

std::string ReferrersTag(const Digest& subject) {
  return absl::StrCat(subject.algorithm().substr(0, 32), "-", subject.hex().substr(0, 64));
}

bool NamesReferrers(absl::string_view tag) {
  const absl::string_view whole = tag.substr(0, tag.find('.'));
  const size_t dash = whole.find('-');
  return dash != whole.npos && Digest::Parse(absl::StrCat(whole.substr(0, dash), ":", whole.substr(dash + 1))).ok();
}

}  // namespace waybill::oci::image
