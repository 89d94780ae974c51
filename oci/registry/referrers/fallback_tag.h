// SPDX-License-Identifier: Apache-2.0
// The tag that lists referrers where a registry has no API for it (distribution-spec, "Referrers Tag Schema").
// Pure: documents, no I/O; oci/image/referrers_tag.h names the tag.
#ifndef WAYBILL_OCI_REGISTRY_REFERRERS_FALLBACK_TAG_H_
#define WAYBILL_OCI_REGISTRY_REFERRERS_FALLBACK_TAG_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace waybill::oci::registry::referrers {

// `index` (bytes of an OCI index, or "" for none) with `entries` in it: an entry of the same digest is replaced when it
// differs, others are appended in order; whatever else the document holds stays byte for byte. Returns `index` itself
// when nothing changes. Errors: INVALID_ARGUMENT when it is no index, carries a subject or would exceed 4 MiB.
absl::StatusOr<std::string> MergeReferrers(absl::string_view index, const std::vector<Descriptor>& entries);

// `index` without the entries of these digests; whatever else it holds stays byte for byte. Errors: those of
// MergeReferrers.
absl::StatusOr<std::string> WithoutReferrers(absl::string_view index, const std::vector<Digest>& digests);

// Which of `entries` the index does not list.
absl::StatusOr<std::vector<Descriptor>> MissingReferrers(absl::string_view index,
                                                         const std::vector<Descriptor>& entries);

}  // namespace waybill::oci::registry::referrers

#endif  // WAYBILL_OCI_REGISTRY_REFERRERS_FALLBACK_TAG_H_
