// SPDX-License-Identifier: Apache-2.0
// What of a tree is asked for: by platform, and by predicate type.
#ifndef WAYBILL_ATTEST_READER_CHOOSE_H_
#define WAYBILL_ATTEST_READER_CHOOSE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attest/reader/tree.h"
#include "oci/platform.h"

namespace waybill::attest::reader {

// NOT_FOUND when the image has no manifest for one of the platforms, naming those that it has.
absl::Status CheckPlatforms(const ImageTree& tree, const std::vector<oci::Platform>& wanted);

// INVALID_ARGUMENT naming a word that is neither an alias nor a URI nor a URI's beginning with "*", and the aliases.
absl::Status CheckTypes(const std::vector<std::string>& types);

// Those whose predicate type is one of `types` (IsOfType); all when none is named. Errors: those of CheckTypes.
absl::StatusOr<std::vector<Attestation>> Choose(const ImageTree& tree, std::vector<Attestation> attestations,
                                                const std::vector<std::string>& types);

}  // namespace waybill::attest::reader

#endif  // WAYBILL_ATTEST_READER_CHOOSE_H_
