// SPDX-License-Identifier: Apache-2.0
#include "oci/image/referrers_tag.h"

#include "absl/strings/str_cat.h"

namespace waybill::oci::image {

std::string ReferrersTag(const Digest& subject) {
  return absl::StrCat(subject.algorithm().substr(0, 32), "-", subject.hex().substr(0, 64));
}

}  // namespace waybill::oci::image
