// SPDX-License-Identifier: Apache-2.0
// The name of the tag that lists a manifest's referrers where there is no API for them, in registries and in layouts.
#ifndef WAYBILL_OCI_IMAGE_REFERRERS_TAG_H_
#define WAYBILL_OCI_IMAGE_REFERRERS_TAG_H_

#include <string>

#include "absl/strings/string_view.h"
#include "oci/digest.h"

namespace waybill::oci::image {

// "sha256-<hex>": algorithm cut to 32 and hex to 64 characters (distribution-spec, "Referrers Tag Schema").
std::string ReferrersTag(const Digest& subject);

// Whether a tag stands for what refers to a manifest, and not for an image: "sha256-<hex>", or one of cosign's, such as
// "sha256-<hex>.sig".
bool NamesReferrers(absl::string_view tag);

}  // namespace waybill::oci::image

#endif  // WAYBILL_OCI_IMAGE_REFERRERS_TAG_H_
