// SPDX-License-Identifier: Apache-2.0
// Tags that stand for what refers to a manifest, taken apart; and manifests that refer to another.
#ifndef WAYBILL_OCI_PRUNE_REFERRER_H_
#define WAYBILL_OCI_PRUNE_REFERRER_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "oci/digest.h"
#include "oci/prune/plan.h"

namespace waybill::oci::prune {

struct ReferrerTag {
  std::string tag;
  Kind kind = Kind::kFallbackTag;  // or kCosignTag
  Digest subject;
};

// Nothing for other tags. Those that stand for a sha512 digest are cut to half of it, which names no subject.
std::optional<ReferrerTag> ParseReferrerTag(absl::string_view tag);

// The subject of a manifest or an index; nothing where there is none, and for what is neither.
std::optional<Digest> SubjectOf(absl::string_view media_type, absl::string_view bytes);

}  // namespace waybill::oci::prune

#endif  // WAYBILL_OCI_PRUNE_REFERRER_H_
