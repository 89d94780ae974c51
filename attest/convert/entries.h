// SPDX-License-Identifier: Apache-2.0
// Attestation manifests added to an index that exists, by editing its bytes. Pure.
#ifndef WAYBILL_ATTEST_CONVERT_ENTRIES_H_
#define WAYBILL_ATTEST_CONVERT_ENTRIES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/descriptor.h"

namespace waybill::attest::convert {

// The bytes of `index` with the entries after those that it has; everything else stays as it is. Errors:
// INVALID_ARGUMENT when it is no index, or would exceed the size of one.
absl::StatusOr<std::string> WithEntries(absl::string_view index, const std::vector<oci::Descriptor>& entries);

}  // namespace waybill::attest::convert

#endif  // WAYBILL_ATTEST_CONVERT_ENTRIES_H_
