// SPDX-License-Identifier: Apache-2.0
// Reads cosign's tags of attestations.
#ifndef WAYBILL_ATTEST_CONSUMERS_ATT_TAGS_H_
#define WAYBILL_ATTEST_CONSUMERS_ATT_TAGS_H_

#include "absl/status/statusor.h"
#include "attest/consumers/look_up.h"
#include "attest/reader/reader.h"
#include "attest/reader/tree.h"
#include "oci/context.h"

namespace waybill::attest::consumers {

// The predicate types in the tag of the root and of each image that the root lists, as far as cosign would look: at
// most 64 envelopes each. A tag that is not there, or that cannot be read as one of cosign's, holds nothing. Errors:
// those of the place but NOT_FOUND.
absl::StatusOr<AttTags> ReadAttTags(const oci::Context& context, const reader::Place& place,
                                    const reader::ImageTree& tree);

}  // namespace waybill::attest::consumers

#endif  // WAYBILL_ATTEST_CONSUMERS_ATT_TAGS_H_
